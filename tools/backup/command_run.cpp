#include "tools/backup/command_run.hpp"

#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <string_view>

namespace backup {

namespace {
std::vector<std::string> environment_with(const std::vector<std::pair<std::string, std::string>>& variables) {
  std::vector<std::string> all;
  for (char** at = environ; *at != nullptr; ++at) {
    const std::string_view standing(*at);
    const bool replaced = std::ranges::any_of(
        variables, [&](const auto& variable) { return standing.starts_with(variable.first + "="); });
    if (!replaced) all.emplace_back(standing);
  }
  for (const auto& [name, value] : variables) all.push_back(fmt::format("{}={}", name, value));
  return all;
}

std::vector<char*> pointers(std::vector<std::string>& words) {
  std::vector<char*> all;
  all.reserve(words.size() + 1);
  for (std::string& word : words) all.push_back(word.data());
  all.push_back(nullptr);
  return all;
}
}  // namespace

base::Result<> run_program(const Program& program) {
  std::vector<std::string> words = program.words;
  std::vector<std::string> environment = environment_with(program.variables);
  pid_t child = -1;
  const int failed = ::posix_spawnp(&child, words.front().c_str(), nullptr, nullptr, pointers(words).data(),
                                    pointers(environment).data());
  if (failed == ENOENT)
    return base::fail(base::Errc::not_found, fmt::format("There is no {} on this machine: install PostgreSQL's client "
                                                         "programs, of the server's version or later.",
                                                         words.front()));
  if (failed != 0) return base::fail_errno(failed, fmt::format("Cannot start {}", words.front()));
  int status = 0;
  while (::waitpid(child, &status, 0) < 0)
    if (errno != EINTR) return base::fail_errno(errno, fmt::format("Cannot wait for {}", words.front()));
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return {};
  return base::fail(base::Errc::io, fmt::format("{} failed: what is wrong stands above.", words.front()));
}

}  // namespace backup
