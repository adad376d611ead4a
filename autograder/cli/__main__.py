"""The ``autograder`` command from its first moment: an interrupt while it still loads is no traceback either."""

from __future__ import annotations

import sys

from autograder.cli.stopping import exit_code, stop_in_order


def main() -> None:
    """Run the command. 运行命令。"""
    stop_in_order()
    try:
        from autograder.cli.main import main as run

        run()
    except KeyboardInterrupt as stop:
        sys.exit(exit_code(stop))
    except SystemExit as end:
        # what came between, before a command began, typer takes for Ctrl-C
        if end.code == 130:
            sys.exit(exit_code(end.__context__ and end.__context__.__cause__))
        raise


if __name__ == "__main__":
    main()
