// dualcam: the operator's tool. Its command line is put together here; what the commands do is in tools/sim,
// tools/replay, tools/explain, tools/verify, tools/media, tools/request, tools/trigger, tools/mavlink, tools/backup and
// tools/import.
#include <string>

#include "server/base/version.hpp"
#include "tools/cli/commands.hpp"

int main(int argc, char** argv) {
  cli::CommandLine line("dualcam",
                        "The operator's tool of dualcamd: simulated cameras, recorded sessions replayed, the camera "
                        "protocol explained, stored files proved, media files looked into "
                        "and converted, clips asked for, cameras fired.",
                        "dualcam " + std::string(base::version()),
                        "dualcam COMMAND --help shows each command with examples.");
  const cli::Arguments program = line.arguments();
  const std::vector<cli::Command> commands{cli::add_sim(program),
                                           cli::add_replay(program),
                                           cli::add_explain(program),
                                           cli::add_verify(program),
                                           cli::add_probe(program),
                                           cli::add_convert(program),
                                           cli::add_request(program),
                                           cli::add_trigger(program),
                                           cli::add_mavlink(program),
                                           cli::add_backup(program),
                                           cli::add_restore(program),
                                           cli::add_import(program),
                                           cli::add_completion(program, line),
                                           cli::add_version(program)};
  if (const auto ended = line.parse(argc, argv)) return *ended;
  return cli::run_given(commands);
}
