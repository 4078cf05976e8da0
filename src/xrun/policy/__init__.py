"""What should happen: the policy's files and variables, read, checked and made into one answer."""
