// A fleet of the simulator's, and what the API says of what is made of its files.
#pragma once

#include <chrono>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "tests/e2e/fixture.hpp"

namespace e2e {

// A clip of three seconds takes a fraction of one; a machine that is busy with other tests takes longer.
constexpr std::chrono::milliseconds long_enough{90'000};

struct Ran {
  int exit_code = -1;
  std::string output;  // both streams
};
Ran run(const std::string& command);  // of the shell

class PlaybackTest : public EndToEnd {
 protected:
  // `what`: arguments of `dualcam sim`. It ends when every file is stored, and is as it was sent.
  void send_fleet(const std::string& what);
  nlohmann::json ask(const std::string& target);
  std::vector<nlohmann::json> media(const std::string& kind);
  // "thumbnail" or "playback" of a file reaches the state.
  bool comes(const std::string& id, const std::string& what, const std::string& state);
};

}  // namespace e2e
