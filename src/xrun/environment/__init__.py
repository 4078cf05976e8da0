"""What is installed: an environment on disk, read without starting its interpreter."""
