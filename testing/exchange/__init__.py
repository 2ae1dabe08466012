"""Cases from files and as files: JSON lines, CSV, YAML, promptfoo, tau-bench."""
