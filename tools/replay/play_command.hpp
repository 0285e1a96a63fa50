// `dualcam replay --to`: what came of recorded devices that were played against a server.
#pragma once

#include "tools/replay/offline_command.hpp"
#include "tools/replay/player.hpp"

namespace replay {

// Prints to standard output; progress, where that takes long, to standard error.
Outcome run_play(const Chosen& chosen, const PlayerOptions& options, bool json, bool quiet);

std::string play_text(const PlayerResult& result, const PlayerOptions& options);
std::string play_json(const PlayerResult& result);
bool is_good(const PlayerResult& result);

}  // namespace replay
