"""Articles to ranked passages. Knows no Discord, no chat model and no answers."""
