"""What the tests share: wheels, a hermetic machine, projects, processes and terminals."""
