"""How the generated folder looks: which object lies where, and what its scripts say."""
