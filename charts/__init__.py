"""The Count system: its topology as data, and one chart per deploy phase."""
