"""What a watch of the running log needs beside the rules: clocks, a turn, the file of rules, what was told."""
