"""extract -> profile -> compare -> judge -> report, as plain functions."""
