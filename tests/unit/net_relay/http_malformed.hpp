// Answers that no camera should give, made from a number: the same number, the same bytes.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "tests/support/scripted_server.hpp"

namespace net::relay {

struct Malformed {
  enum class End : std::uint8_t { close, reset, hold, flood };
  std::string kind;                    // for the test's words
  std::vector<std::string> pieces;     // sent one after the other
  std::chrono::milliseconds pause{0};  // between them
  End end = End::close;                // hold: nothing more, for ever; flood: the last piece, for ever

  void play(tests::ScriptedServer::Connection& connection) const;
};

Malformed malformed(std::uint64_t number);

}  // namespace net::relay
