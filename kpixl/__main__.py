"""`python -m kpixl` is the command `kpixl`, also where its folder is not on the path."""

from kpixl.cli import main

if __name__ == "__main__":
    main()
