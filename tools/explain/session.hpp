// Walks through a session's bytes as both ends would, and says what each means and whether it fits what came before:
// positions, the CRC chain, the dialect. A tracker's own link is told apart and explained too. Takes one direction or
// both in the order they happened.
#pragma once

#include "tools/explain/report.hpp"

namespace explain {

// `from`: who sent the bytes; either: told for each frame by its command.
Report explain_session(base::Bytes bytes, From from);

}  // namespace explain
