// Another program, run to its end.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "server/base/result.hpp"

namespace backup {

struct Program {
  std::vector<std::string> words;                              // name and arguments, which every user may read
  std::vector<std::pair<std::string, std::string>> variables;  // beside those of this program: where secrets go
};

// What it writes goes where ours does. `not_found`: it is not installed; `io`: it said why on standard error.
base::Result<> run_program(const Program& program);

}  // namespace backup
