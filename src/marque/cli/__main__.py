"""``python -m marque.cli``."""

from marque.cli import main

main()
