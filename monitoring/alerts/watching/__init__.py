"""What a watch of the running log needs beside the rules: clocks, turns, the rules on disk, told alerts."""
