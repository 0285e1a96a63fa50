#include "tools/cli/completion.hpp"

#include <gtest/gtest.h>

#include <cstdio>
#include <memory>

namespace cli {
namespace {

const std::vector<CompletedCommand> commands{
    {.name = "sim",
     .help = "Run a fleet's cameras: all",
     .options = {{.name = "--file", .help = "A file", .takes_value = true, .takes_path = true},
                 {.name = "--rate", .help = "19KB/s [or full]", .takes_value = true},
                 {.name = "--json", .help = "JSON"}}},
    {.name = "explain", .help = "Explain", .options = {}, .takes_path = true}};

TEST(Completion, BashKnowsCommandsOptionsAndPaths) {
  const std::string script = *completion_script("bash", commands);
  EXPECT_NE(script.find("compgen -W 'sim explain'"), std::string::npos);
  EXPECT_NE(script.find("compgen -W '--file --rate --json'"), std::string::npos);
  EXPECT_NE(script.find("--file) COMPREPLY=($(compgen -f"), std::string::npos);
  EXPECT_NE(script.find("--rate) return"), std::string::npos);
}

TEST(Completion, ZshEscapesWhatItWouldRead) {
  const std::string script = *completion_script("zsh", commands);
  EXPECT_NE(script.find(R"('*--rate[19KB/s \[or full\]]:value:')"), std::string::npos);
  EXPECT_NE(script.find(R"('sim:Run a fleet'\''s cameras\: all')"), std::string::npos);
}

TEST(Completion, FishTellsFlagsFromValues) {
  const std::string script = *completion_script("fish", commands);
  EXPECT_NE(script.find("-l rate -d '19KB/s [or full]' -x\n"), std::string::npos);
  EXPECT_NE(script.find("-l json -d 'JSON'\n"), std::string::npos);
}

const std::vector<CompletedCommand> nested{
    {.name = "trigger",
     .help = "Fire",
     .options = {},
     .commands = {{.name = "listen", .help = "Hear", .options = {{.name = "--port", .help = "P", .takes_value = true}}},
                  {.name = "watch", .help = "See", .options = {{.name = "--json", .help = "JSON"}}}}}};

std::string quoted(const std::string& text) {
  std::string out;
  for (const char c : text) out += c == '\'' ? "'\\''" : std::string(1, c);
  return out;
}

// What bash itself offers for the words, of which the last is begun.
std::string offered(const std::string& words) {
  const std::string program = *completion_script("bash", nested) + "COMP_WORDS=(dualcam " + words +
                              ")\nCOMP_CWORD=$((${#COMP_WORDS[@]}-1))\n_dualcam\necho -n \"${COMPREPLY[*]}\"\n";
  const std::unique_ptr<FILE, int (*)(FILE*)> bash(popen(("bash -c '" + quoted(program) + "'").c_str(), "r"), &pclose);
  std::string out(1000, '\0');
  out.resize(bash ? std::fread(out.data(), 1, out.size(), bash.get()) : 0);
  return out;
}

TEST(Completion, CommandsBelowCommandsAreCompletedInBash) {
  EXPECT_EQ(offered("trigger ''"), "listen watch");
  EXPECT_EQ(offered("trigger w"), "watch");
  EXPECT_EQ(offered("trigger listen --"), "--port");
  EXPECT_EQ(offered("trigger watch --"), "--json");
  EXPECT_EQ(offered("trigger listen --port ''"), "");
}

TEST(Completion, CommandsBelowCommandsHaveTheirPlaceInTheOtherShells) {
  const std::string zsh = *completion_script("zsh", nested);
  EXPECT_NE(zsh.find("'watch:See'"), std::string::npos);
  EXPECT_NE(zsh.find("'*--json[JSON]'"), std::string::npos);
  const std::string fish = *completion_script("fish", nested);
  EXPECT_NE(fish.find("-n '__fish_seen_subcommand_from trigger; and not __fish_seen_subcommand_from listen watch' "
                      "-a watch -d 'See'"),
            std::string::npos);
  EXPECT_NE(fish.find("-n '__fish_seen_subcommand_from trigger; and __fish_seen_subcommand_from watch' -l json"),
            std::string::npos);
}

TEST(Completion, OtherShellsHaveNone) {
  EXPECT_FALSE(completion_script("tcsh", commands));
}

}  // namespace
}  // namespace cli
