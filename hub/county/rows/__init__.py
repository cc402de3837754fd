"""What each dataset's senders have in their systems, as clean rows: one module for each subject area."""
