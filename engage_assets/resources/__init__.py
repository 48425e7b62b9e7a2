"""What the assets reach the world with: one abstract type each, with an implementation for each environment."""
