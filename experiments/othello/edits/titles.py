"""What the kinds of cases are called in figures."""

OWN = "own errors, on the board that was"
TITLES = {
    "flip": "flip a disc",
    "understood": "flip, model errs nowhere",
    "erase": "erase a disc",
    "natural": "reachable boards",
    "unnatural": "unreachable boards",
    "given": "cases of Li et al.",
}

__all__ = ["OWN", "TITLES"]
