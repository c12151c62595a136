"""How long the program takes, side by side with the bare floor: `make bench`."""
