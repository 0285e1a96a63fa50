#include "tests/support/peer.hpp"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <sstream>
#include <stdexcept>

namespace tests {
namespace {

// Debian's, which tools/lib.sh installs: other ones may lie in front of it in PATH.
constexpr const char* python = "/usr/bin/python3";
constexpr std::size_t most_printed = 400;  // lines of a peer in the output of a failed test
constexpr std::string_view ready_word = "ready ";

void flatten(const nlohmann::json& value, const std::string& key,
             std::map<std::string, std::string, std::less<>>& into) {
  const std::string prefix = key.empty() ? "" : key + ".";
  if (value.is_object()) {
    for (const auto& [name, inner] : value.items()) flatten(inner, prefix + name, into);
  } else if (value.is_array()) {
    for (std::size_t i = 0; i < value.size(); ++i) flatten(value[i], prefix + std::to_string(i), into);
  } else if (value.is_string()) {
    into[key] = value.get<std::string>();
  } else if (!value.is_null()) {
    into[key] = value.dump();
  }
}

std::string value_of(std::string_view ready_line, std::string_view key) {
  std::istringstream words{std::string(ready_line)};
  for (std::string word; words >> word;) {
    const std::size_t equals = word.find('=');
    if (equals != std::string::npos && std::string_view(word).substr(0, equals) == key) return word.substr(equals + 1);
  }
  return {};
}

// What runs it, and its path.
std::vector<std::string> started_by(const std::string& program) {
  const bool whole_path = program.find('/') != std::string::npos;
  if (!program.ends_with(".mjs")) return {python, "-B", whole_path ? program : std::string(PEERS_FOLDER "/") + program};
  return {"env", "NODE_PATH=" NODE_PACKAGES, "node",
          whole_path ? program : std::string(PEERS_FOLDER "/mavlink/") + program};
}

}  // namespace

std::vector<std::string> in_new_network() {
  return {"unshare", "--user", "--map-root-user", "--net", "sh", "-c", R"(ip link set lo up && exec "$@")", "sh"};
}

std::vector<std::string> in_network_of(pid_t pid) {
  return {"nsenter", "--target", std::to_string(pid), "--user", "--net", "--preserve-credentials"};
}

bool has_namespaces() {
  std::vector<std::string> command = in_new_network();
  command.emplace_back("true");
  return ChildProcess(std::move(command), "/dev/null").wait_exit(patience) == 0;
}

bool has_node() {
  static const std::string packages = "NODE_PATH=" NODE_PACKAGES;
  static const bool has = ChildProcess({"env", packages, "node", "-e", "require.resolve('node-mavlink')"}, "/dev/null")
                              .wait_exit(patience) == 0;
  return has;
}

PeerLine::PeerLine(std::string raw) : raw_(std::move(raw)) {
  const nlohmann::json parsed = nlohmann::json::parse(raw_, nullptr, false);
  is_json_ = parsed.is_object();
  if (is_json_) flatten(parsed, "", values_);
}

std::string PeerLine::text(std::string_view key) const {
  const auto found = values_.find(key);
  return found == values_.end() ? std::string{} : found->second;
}

std::int64_t PeerLine::integer(std::string_view key, std::int64_t otherwise) const {
  const std::string value = text(key);
  return value.empty() ? otherwise : std::strtoll(value.c_str(), nullptr, 10);
}

double PeerLine::number(std::string_view key, double otherwise) const {
  const std::string value = text(key);
  return value.empty() ? otherwise : std::strtod(value.c_str(), nullptr);
}

std::chrono::steady_clock::time_point PeerLine::at(std::string_view key) const {
  const std::chrono::duration<double, std::milli> since_boot{number(key, 0)};
  return std::chrono::steady_clock::time_point{
      std::chrono::duration_cast<std::chrono::steady_clock::duration>(since_boot)};
}

Peer::Peer(const std::string& program, std::vector<std::string> flags, std::vector<std::string> before,
           std::chrono::milliseconds limit)
    : name_(program), log_(folder_ / "output") {
  std::vector<std::string> command = std::move(before);
  std::ranges::move(started_by(program), std::back_inserter(command));
  command.insert(command.end(), std::make_move_iterator(flags.begin()), std::make_move_iterator(flags.end()));
  int ends[2];  // a socket pair and no pipe: writing to a peer that has ended must not raise SIGPIPE
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0)
    throw std::runtime_error("no socket pair can be made");
  control_ = ends[0];
  process_.emplace(std::move(command), log_, ends[1]);
  close(ends[1]);
  try {
    wait_ready(limit);
  } catch (...) {
    close(control_);
    throw;
  }
}

Peer::~Peer() {
  constexpr std::chrono::milliseconds to_end{5'000};
  try {
    if (!end(to_end)) process_->end(to_end);
    if (testing::Test::HasFailure()) std::fputs(output().c_str(), stderr);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s: %s\n", name_.c_str(), error.what());
  }
}

void Peer::wait_ready(std::chrono::milliseconds limit) {
  const auto over = [&] {
    const bool running = process_->running();  // asked first: what it wrote before its end is read
    read();
    return !ready_.empty() || !running;
  };
  eventually(over, limit);
  if (ready_.empty()) throw std::runtime_error(name_ + " has not become ready:\n" + output());
}

std::string Peer::ready(std::string_view key) const {
  return value_of(ready_, key);
}

std::uint16_t Peer::port(std::string_view key) const {
  return static_cast<std::uint16_t>(std::strtoul(ready(key).c_str(), nullptr, 10));
}

void Peer::read() {
  std::ifstream log(log_, std::ios::binary);
  log.seekg(static_cast<std::streamoff>(taken_));
  for (std::string line; std::getline(log, line);) {
    if (log.eof()) break;  // its end is still to come
    taken_ += line.size() + 1;
    if (ready_.empty() && line.starts_with(ready_word)) {
      ready_ = std::move(line);
    } else {
      lines_.emplace_back(std::move(line));
    }
  }
}

const std::vector<PeerLine>& Peer::lines() {
  read();
  return lines_;
}

std::size_t Peer::count(const Predicate& predicate) {
  read();
  return static_cast<std::size_t>(std::count_if(lines_.begin(), lines_.end(), predicate));
}

std::size_t Peer::count(std::string_view event) {
  return count([&](const PeerLine& line) { return line.event() == event; });
}

std::optional<PeerLine> Peer::wait_for(const Predicate& predicate, std::chrono::milliseconds limit, std::size_t from) {
  std::optional<PeerLine> found;
  std::size_t next = from;
  eventually(
      [&] {
        read();
        while (!found && next < lines_.size()) {
          if (predicate(lines_[next])) found = lines_[next];
          ++next;
        }
        return found.has_value();
      },
      limit);
  return found;
}

std::optional<PeerLine> Peer::wait_event(std::string_view event, std::chrono::milliseconds limit, std::size_t from) {
  return wait_for([&](const PeerLine& line) { return line.event() == event; }, limit, from);
}

bool Peer::wait_count(std::string_view event, std::size_t wanted, std::chrono::milliseconds limit) {
  std::size_t had = 0;
  const auto counted = [&](const PeerLine& line) { return line.event() == event && ++had >= wanted; };
  return wanted == 0 || wait_for(counted, limit).has_value();
}

bool Peer::tell(std::string_view json) {
  std::string line(json);
  line += '\n';
  std::string_view rest = line;
  while (!rest.empty()) {
    const ssize_t sent = send(control_, rest.data(), rest.size(), MSG_NOSIGNAL);
    if (sent <= 0) return false;
    rest.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

PeerLine Peer::ask(std::string_view json, std::chrono::milliseconds limit) {
  nlohmann::json wish = nlohmann::json::parse(json);
  const std::string id = "ask-" + std::to_string(++asked_);
  wish["id"] = id;
  const std::size_t from = lines().size();
  const auto answers = [&](const PeerLine& line) { return line.text("id") == id; };
  const std::optional<PeerLine> answer = tell(wish.dump()) ? wait_for(answers, limit, from) : std::nullopt;
  if (!answer) throw std::runtime_error(name_ + " has not answered " + wish.dump());
  if (answer->event() != "obeyed")
    throw std::runtime_error(name_ + " refuses " + wish.dump() + ": " + answer->text("reason"));
  return *answer;
}

std::optional<int> Peer::end(std::chrono::milliseconds limit) {
  if (control_ >= 0) close(control_);
  control_ = -1;
  return process_->wait_exit(limit);
}

std::string Peer::output() {
  read();
  std::string text = "---- " + name_ + ": " + ready_ + '\n';
  const std::size_t first = lines_.size() > most_printed ? lines_.size() - most_printed : 0;
  if (first > 0) text += "(" + std::to_string(first) + " lines before these)\n";
  for (std::size_t i = first; i < lines_.size(); ++i) text += lines_[i].raw() + '\n';
  return text + "---- end of " + name_ + '\n';
}

}  // namespace tests
