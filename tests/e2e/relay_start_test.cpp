// What the relay's file and this machine must allow before anything is heard: the sentences of those that start it.
#include <arpa/inet.h>
#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/e2e/relay_fixture.hpp"
#include "tests/support/network_namespace.hpp"

namespace e2e {

namespace {
constexpr int usage = 2;  // the exit code of what a person has to write otherwise

// A UDP port of the loopback that nobody else may have as long as this is there.
class TakenPort {
 public:
  TakenPort() : socket_(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    EXPECT_EQ(bind(socket_, reinterpret_cast<const sockaddr*>(&address), size), 0);
    EXPECT_EQ(getsockname(socket_, reinterpret_cast<sockaddr*>(&address), &size), 0);
    port_ = ntohs(address.sin_port);
  }
  ~TakenPort() { close(socket_); }
  TakenPort(const TakenPort&) = delete;
  TakenPort& operator=(const TakenPort&) = delete;
  std::string port() const { return std::to_string(port_); }

 private:
  int socket_;
  std::uint16_t port_ = 0;
};

std::string stage_at(const std::string& port, const std::string& more = {}) {
  return "[[shogun]]\nname = \"stage\"\naddress = \"127.0.0.1\"\nport = " + port + "\nto = [\"127.0.0.1:9\"]\n" + more;
}

class RelayStart : public Relay {
 protected:
  // It ends by itself, with an error; its log.
  std::string refused(const std::string& tables) {
    tests::ServerProcess process(settings({"--relay", write_file(tables).string()}));
    const auto code = process.wait_exit();
    EXPECT_TRUE(code && *code > 0);
    return process.log();
  }
  tests::Ran checked(const std::string& tables) {
    return tests::run_dualcamd({"check-config", "--relay", write_file(tables).string()});
  }
};

void expect_words(const std::string& text, std::initializer_list<const char*> words) {
  for (const char* each : words) EXPECT_NE(text.find(each), std::string::npos) << each << " in " << text;
}
}  // namespace

TEST_F(RelayStart, D15APortOfAnotherProgramIsNamedWithWhatToDo) {
  const TakenPort taken;
  expect_words(refused(stage_at(taken.port())),
               {"Endpoint stage", ("127.0.0.1:" + taken.port()).c_str(), "another program", "choose another port"});
}

TEST_F(RelayStart, D15APortThatNeedsAPrivilegeIsNamedWithWhatToDo) {
  const auto outcome = tests::in_network_namespace([this] {
    // Whoever is root gets the capability with the program, unless it is out of bounds.
    ASSERT_EQ(prctl(PR_CAPBSET_DROP, CAP_NET_BIND_SERVICE, 0, 0, 0), 0);
    expect_words(refused(stage_at("30")), {"Endpoint stage", "port 30", "CAP_NET_BIND_SERVICE", "setcap",
                                           "AmbientCapabilities", "another port"});
    // Who only sends needs none.
    tests::ServerProcess sender(settings({"--relay", write_file(stage_at("30", "listen = false\n")).string()}));
    EXPECT_TRUE(sender.wait_ready()) << sender.log();
    EXPECT_EQ(sender.terminate(), 0);
  });
  if (outcome.outcome == tests::Namespace::unavailable) GTEST_SKIP() << outcome.why;
  EXPECT_EQ(outcome.outcome, tests::Namespace::done) << outcome.why;
}

TEST_F(RelayStart, CheckConfigNamesACircleOfRules) {
  const std::string circle = R"(
[[rule]]
name = "there"
when = { source = "field", kind = "trigger" }
do = [ { target = "stage", verb = "start", name = "{name}" } ]
[[rule]]
name = "back"
when = { source = "stage", kind = "start" }
do = [ { target = "field", verb = "trigger", name = "{name}" } ]
)";
  const tests::Ran ran =
      checked(edgertronic("field", group(1)) + stage_at("20030", "database_path = \"D:/T\"\n") + circle);
  EXPECT_EQ(ran.exit_code, usage);
  expect_words(ran.err, {"relay.toml", "rule there: field → stage; rule back: stage → field"});
}

TEST_F(RelayStart, CheckConfigNamesAStepThatLacksWhatItsTargetNeeds) {
  const std::string start = R"(
[[rule]]
name = "roll"
when = { protocol = "api", kind = "bell" }
do = [ { target = "stage", verb = "start", name = "a" } ]
)";
  const tests::Ran ran = checked(stage_at("20030") + start);
  EXPECT_EQ(ran.exit_code, usage);
  expect_words(ran.err, {"relay.toml", R"(rule "roll": start of "stage" needs a database_path)"});
  expect_words(refused(stage_at("20030") + start), {R"(rule "roll": start of "stage" needs a database_path)"});

  const tests::Ran good = checked(stage_at("20030", "database_path = \"D:/T\"\n") + start);
  EXPECT_EQ(good.exit_code, 0) << good.err;
}

}  // namespace e2e
