// A server with targets of events, and a receiver of webhooks that keeps what it is given.
#pragma once

#include <map>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "tests/e2e/fixture.hpp"
#include "tests/support/nats/nats_server.hpp"
#include "tests/support/scripted_server.hpp"

namespace e2e {

struct ReceivedEvent {
  std::string id;
  std::string type;
  std::string device;
  std::string file;  // the id of the file it is about
  std::string body;
  std::string signature;
  bool signed_well = false;  // by the secret of the tests
  // Whether somebody with this secret would take it for ours.
  bool signed_by(const std::string& secret) const;
};

class Receiver {
 public:
  Receiver();
  std::string url() const { return server_.url("/hook"); }
  void refuse(int deliveries);  // so many, with 500

  std::vector<std::string> attempts();  // ids, refused ones included
  std::vector<ReceivedEvent> events();  // that were taken
  // Of events of stored files:
  std::vector<std::string> files();        // as they came
  std::vector<std::string> first_times();  // each where it came first
  std::map<std::string, std::set<std::string>> ids_of_files();
  bool wait_stored(std::size_t count);

 private:
  void take(tests::ScriptedServer::Connection& connection);

  std::mutex mutex_;
  int refuse_ = 0;
  std::vector<std::string> attempts_;
  std::vector<ReceivedEvent> events_;
  tests::ScriptedServer server_;
};

class EventTest : public EndToEnd {
 protected:
  static constexpr const char* secret = "a secret of made up words";
  static std::vector<std::string> with_secret(std::vector<std::string> flags);
  // More files of the test's one device.
  void upload(unsigned count);
  // The device's files, oldest first.
  std::vector<std::string> files_in_catalog() { return files_at(server().port("http")); }
  static std::vector<std::string> files_at(std::uint16_t http_port);
  // The files that the messages in the stream are about.
  static std::vector<std::string> files_of(const tests::NatsServer& nats);

 private:
  unsigned uploaded_ = 0;
};

}  // namespace e2e
