"""`python -m chainrule script.py`: run a script written for PyTorch on chainrule."""

from chainrule.run_script import main

if __name__ == "__main__":
    main()
