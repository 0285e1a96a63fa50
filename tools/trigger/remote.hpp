// What is asked of dualcamd's API.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "tools/http/access.hpp"
#include "tools/trigger/outcome.hpp"

namespace trigger {

// Of every command here, as they stand on the command line.
struct ServerOptions {
  http::Access access;
  bool json = false;  // as the API has it, instead of text
};

struct SendOptions {
  ServerOptions server;
  std::string target;
  std::string verb;
  std::vector<std::string> parameters;  // "pan=100"
  bool wait = false;                    // for what becomes of it
  std::chrono::milliseconds poll = std::chrono::milliseconds{200};
  std::chrono::milliseconds patience = std::chrono::seconds{30};
};
Outcome run_send(const SendOptions& options);

struct EventOptions {
  ServerOptions server;
  std::string kind;
  std::vector<std::string> fields;  // "name=pitch_1"
  std::string key;                  // copies of one event have the same; empty: it is never a copy
};
Outcome run_event(const EventOptions& options);

struct ListOptions {
  ServerOptions server;
  bool incoming = false;  // what was heard alone
  bool outgoing = false;  // what was done alone
  std::string protocol, endpoint, rule, outcome, take, cause, from, to;
  unsigned limit = 20;
};
Outcome run_list(const ListOptions& options);

// With `json` each event is a line {"id", "topic", "data"}, its data as the API has it.
struct WatchOptions {
  ServerOptions server;
  std::string topics;       // "trigger,take"; empty: all
  std::uint64_t count = 0;  // ends after so many events; 0: never
  std::string length;       // ends after this time; empty: never
  // Before the server is asked again, at first; later longer.
  std::chrono::milliseconds rest = std::chrono::milliseconds{200};
  // So long may the server be away, once it was there.
  std::chrono::milliseconds patience = std::chrono::seconds{60};
};
Outcome run_watch(const WatchOptions& options);

struct CamerasOptions {
  ServerOptions server;
  bool ready = false;  // it is bad unless all are armed and ready
};
Outcome run_cameras(const CamerasOptions& options);

struct ArmOptions {
  ServerOptions server;
  bool armed = true;
  std::string scope;   // rule or target; empty: everything
  std::string name;    // of it
  std::string length;  // it flips back then; empty: never
};
Outcome run_arm(const ArmOptions& options);

struct RulesOptions {
  ServerOptions server;
  std::string put;  // a file of JSON; - is standard input
};
Outcome run_rules(const RulesOptions& options);

struct DryRunOptions {
  ServerOptions server;
  std::string hex;       // a datagram
  std::string endpoint;  // that would hear it
  std::string protocol;  // where no endpoint is named
};
Outcome run_dry_run(const DryRunOptions& options);

}  // namespace trigger
