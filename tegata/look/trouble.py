"""Why a file could not be looked at, and what to do next."""

UNUSABLE = 2


class CannotLook(Exception):
    """The command cannot be carried out: `code` for programs, a sentence and the next step for people."""

    exit_code = UNUSABLE

    def __init__(self, code: str, sentence: str, next_step: str) -> None:
        super().__init__(sentence)
        self.code = code
        self.sentence = sentence
        self.next_step = next_step
