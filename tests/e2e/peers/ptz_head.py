"""The moving head of a TV-IP400: where it stands, where it goes and how fast. Degrees as its stream counts them."""
import time

PAN_RANGE, TILT_RANGE = 340, 135
HOME = (170, 45)
PRESETS = 25
# PanTiltSingleMove: (pan, tilt) signs; left and down count downwards here
DIRECTIONS = {0: (-1, 1), 1: (0, 1), 2: (1, 1), 3: (-1, 0), 5: (1, 0), 6: (-1, -1), 7: (0, -1), 8: (1, -1)}
HOME_MOVE = 4


class Head:
    """Both axes move at once, each at `speed` degrees per second; a new wish goes on from the last one's goal."""

    def __init__(self, pan, tilt, speed, set_out=lambda: None):
        """`set_out` is called whenever the head has a new goal or speed."""
        self.speed, self.set_out = speed, set_out
        self.start = self.goal = (float(pan), float(tilt))
        self.began = time.monotonic()
        self.presets = {0: ("home", *HOME)}

    def position(self):
        """(pan, tilt) now, whole degrees."""
        passed = (time.monotonic() - self.began) * self.speed
        return tuple(round(goal if abs(goal - start) <= passed else start + (passed if goal > start else -passed))
                     for start, goal in zip(self.start, self.goal))

    def remaining(self):
        """Seconds until it is there."""
        way = max(abs(goal - start) for start, goal in zip(self.start, self.goal))
        return max(0.0, self.began + way / self.speed - time.monotonic())

    def go(self, pan, tilt, speed=None):
        self.start, self.began = self.position(), time.monotonic()
        self.goal = (min(max(pan, 0), PAN_RANGE), min(max(tilt, 0), TILT_RANGE))
        self.speed = speed or self.speed
        self.set_out()

    def move(self, direction, pan_degrees, tilt_degrees):
        if direction == HOME_MOVE:
            return self.go(*HOME)
        pan, tilt = DIRECTIONS[direction]
        return self.go(self.goal[0] + pan * pan_degrees, self.goal[1] + tilt * tilt_degrees)

    def go_preset(self, number):
        """False where nothing is stored."""
        if number not in self.presets:
            return False
        self.go(*self.presets[number][1:])
        return True
