"""What is read from outside: the settings of an environment."""
