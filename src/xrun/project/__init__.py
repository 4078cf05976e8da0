"""What is declared: the workspace, its extras, dependency groups and members."""
