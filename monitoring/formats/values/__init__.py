"""Values as other programs write them: times, durations, levels, outcomes, and fields in objects."""
