"""A slow Othello engine to check the fast one against: lists of lists, one square at a time."""

from dataclasses import dataclass, field

EMPTY, BLACK, WHITE = ".", "B", "W"
OTHER = {BLACK: WHITE, WHITE: BLACK}
DIRECTIONS = [(-1, -1), (-1, 0), (-1, 1), (0, -1), (0, 1), (1, -1), (1, 0), (1, 1)]


def opening(size: int) -> list[list[str]]:
    """d4 and e5 white, e4 and d5 black (on 8x8), everything else empty; rows from row 1, columns from column a."""
    board = [[EMPTY] * size for _ in range(size)]
    high = size // 2
    low = high - 1
    board[low][low] = board[high][high] = WHITE
    board[low][high] = board[high][low] = BLACK
    return board


@dataclass
class Game:
    """One game that is being played."""

    size: int = 8
    board: list[list[str]] = field(default_factory=list)
    player: str = BLACK
    passes: int = 0

    def __post_init__(self) -> None:
        self.board = self.board or opening(self.size)

    def turned(self, player: str, square: int) -> list[int]:
        """The squares that turn when `player` puts a disc on `square`; none when the move is illegal."""
        row, column = divmod(square, self.size)
        if self.board[row][column] != EMPTY:
            return []
        return [turned for down, right in DIRECTIONS for turned in self._line(player, row, column, down, right)]

    def _line(self, player: str, row: int, column: int, down: int, right: int) -> list[int]:
        found: list[int] = []
        row, column = row + down, column + right
        while 0 <= row < self.size and 0 <= column < self.size:
            if self.board[row][column] == EMPTY:
                return []
            if self.board[row][column] == player:
                return found
            found.append(row * self.size + column)
            row, column = row + down, column + right
        return []

    def moves(self, player: str) -> list[int]:
        """The legal moves of `player`, sorted."""
        return [square for square in range(self.size * self.size) if self.turned(player, square)]

    def legal(self) -> list[int]:
        """The legal moves of the player to move; none when the game is over."""
        return self.moves(self.player)

    def play(self, square: int) -> list[int]:
        """Make a move and hand the turn on, past a player who has to pass; returns the squares that turned."""
        turned = self.turned(self.player, square)
        if not turned:
            raise ValueError(f"illegal move {square} for {self.player}")
        for place in [*turned, square]:
            self.board[place // self.size][place % self.size] = self.player
        mover, self.player = self.player, OTHER[self.player]
        if not self.legal() and self.moves(mover):
            self.player = mover
            self.passes += 1
        return turned

    def cells(self) -> list[str]:
        """The board as one list, by square."""
        return [cell for row in self.board for cell in row]

    def score(self) -> int:
        """Black's discs, and the empty squares if black has more discs (half of them in a draw)."""
        cells = self.cells()
        black, white, empty = (cells.count(kind) for kind in (BLACK, WHITE, EMPTY))
        if black > white:
            return black + empty
        return black + empty // 2 if black == white else black
