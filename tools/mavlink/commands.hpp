// dualcam mavlink and its commands: what each one is told, and a way to run it. Each blocks until its end; SIGINT and
// SIGTERM end it early. Options are texts as the command line has them; what is wrong with one is said in words.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "tools/mavlink/outcome.hpp"

namespace mavlink::tool {

// One of the first four at most; none of them: it listens on 127.0.0.1:14550, where ground stations do.
struct LinkChoice {
  std::string listen;  // HOST[:PORT]: UDP, answers whoever speaks to it
  std::string to;      // HOST[:PORT]: UDP, speaks first
  std::string tcp;     // HOST[:PORT]
  std::string serial;  // DEVICE[:BAUD]
  std::string key_file;
  std::string identity = "255/190";  // as which system and component it speaks
};

struct WatchOptions {
  LinkChoice link;
  std::vector<std::string> messages;  // by name or number; none: all
  std::string from;                   // "1/100"; empty: anybody
  std::uint64_t count = 0;            // ends after so many frames; 0: never
  std::string length;                 // ends after this time; empty: never
  bool raw = false;
  bool heartbeat = false;  // sends them; with --to in any case
  bool json = false;
};
Outcome run_watch(const WatchOptions& options);

struct ShootOptions {
  LinkChoice link;
  std::string camera;  // "1/100", "1/1 camera 2"; empty: the first one found
  std::uint32_t count = 1;
  std::string interval;            // the camera takes them by itself, so far apart; empty: each is asked for
  std::string video;               // records so long in place of images
  std::string wait = "15s";        // for the camera
  std::string image_wait = "30s";  // for each image, after it was asked for
  bool json = false;
};
Outcome run_shoot(const ShootOptions& options);

struct ListOptions {
  LinkChoice link;
  std::string wait = "5s";
  bool json = false;
};
Outcome run_list(const ListOptions& options);

}  // namespace mavlink::tool
