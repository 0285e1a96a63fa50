// The commands of dualcam. Each is added to the program, with options that last as long as its way to run.
#pragma once

#include <functional>
#include <vector>

#include "tools/cli/arguments.hpp"
#include "tools/http/access.hpp"

namespace cli {

constexpr int usage_error = 2;

struct Command {
  Arguments arguments;
  std::function<int()> run;  // the exit code
};

// Runs the one that was parsed.
int run_given(const std::vector<Command>& commands);

Command add_sim(Arguments program);
Command add_replay(Arguments program);
Command add_explain(Arguments program);
Command add_verify(Arguments program);
Command add_probe(Arguments program);
Command add_convert(Arguments program);
Command add_request(Arguments program);
Command add_trigger(Arguments program);
Command add_mavlink(Arguments program);
Command add_backup(Arguments program);
Command add_restore(Arguments program);
Command add_import(Arguments program);
Command add_completion(Arguments program, const CommandLine& line);
Command add_version(Arguments program);

// Options that say which server a command asks.
void add_access(Arguments app, http::Access& access);

}  // namespace cli
