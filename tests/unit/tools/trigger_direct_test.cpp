// dualcam trigger edgertronic, shogun and listen, on the loopback.
#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <fstream>
#include <future>
#include <nlohmann/json.hpp>

#include "server/relay/edgertronic/multicast_conf.hpp"
#include "server/relay/shogun/decode.hpp"
#include "tests/support/eventually.hpp"
#include "tests/support/temp_folder.hpp"
#include "tools/trigger/direct.hpp"

namespace trigger {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

// Hears datagrams to the loopback, and of a group if one is named.
class Ear {
 public:
  explicit Ear(const char* group = nullptr) : descriptor_(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = group != nullptr ? inet_addr(group) : htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    EXPECT_EQ(bind(descriptor_, reinterpret_cast<sockaddr*>(&address), size), 0);
    getsockname(descriptor_, reinterpret_cast<sockaddr*>(&address), &size);
    port_ = ntohs(address.sin_port);
    if (group == nullptr) return;
    const ip_mreq membership{.imr_multiaddr = {inet_addr(group)}, .imr_interface = {htonl(INADDR_LOOPBACK)}};
    EXPECT_EQ(setsockopt(descriptor_, IPPROTO_IP, IP_ADD_MEMBERSHIP, &membership, sizeof membership), 0);
  }
  ~Ear() { close(descriptor_); }
  Ear(const Ear&) = delete;
  Ear& operator=(const Ear&) = delete;

  std::uint16_t port() const { return port_; }
  std::string to() const { return "127.0.0.1:" + std::to_string(port_); }
  base::Bytes next(std::chrono::milliseconds limit = tests::patience) const {
    pollfd readable{.fd = descriptor_, .events = POLLIN, .revents = 0};
    if (poll(&readable, 1, static_cast<int>(limit.count())) != 1) return {};
    base::Bytes bytes(2000);
    const ssize_t size = recv(descriptor_, bytes.data(), bytes.size(), 0);
    bytes.resize(size > 0 ? static_cast<std::size_t>(size) : 0);
    return bytes;
  }

 private:
  int descriptor_;
  std::uint16_t port_ = 0;
};

struct Ran {
  Outcome outcome;
  std::string out;
  std::string err;
};
template <class Run, class Options>
Ran run(Run command, const Options& options) {
  testing::internal::CaptureStdout();
  testing::internal::CaptureStderr();
  const Outcome outcome = command(options);
  return {outcome, testing::internal::GetCapturedStdout(), testing::internal::GetCapturedStderr()};
}

base::Bytes bytes_of(std::string_view text) {
  const auto bytes = base::as_bytes(text);
  return {bytes.begin(), bytes.end()};
}

void append(base::Bytes& bytes, const base::Bytes& more) {
  bytes.insert(bytes.end(), more.begin(), more.end());
}

const base::Bytes bare{0x05, 0xAA, 0x95, 0x44};

TEST(TriggerEdgertronic, SendsTwiceToTheGroupAndSaysWhat) {
  const Ear ear("239.255.77.1");
  const Ran ran =
      run(run_edgertronic,
          EdgertronicOptions{
              .name = "pitch_&T", .address = "239.255.77.1", .port = ear.port(), .interfaces = {"127.0.0.1"}});
  ASSERT_EQ(ran.outcome, Outcome::good) << ran.err;
  base::Bytes expected = bare;
  append(expected, bytes_of(std::string_view("pitch_&T\0", 9)));
  EXPECT_EQ(ear.next(), expected);
  EXPECT_EQ(ear.next(), expected);
  EXPECT_TRUE(ear.next(std::chrono::milliseconds{0}).empty());
  EXPECT_EQ(ran.out, "Sent payload 0x05AA9544 with the name \"pitch_&T\" (13 bytes) twice to 239.255.77.1:" +
                         std::to_string(ear.port()) + " through 127.0.0.1. Cameras do not answer.\n");
  EXPECT_EQ(ran.err, "");
}

TEST(TriggerEdgertronic, WithoutANameTheDatagramIsThePayload) {
  const Ear ear;
  const Ran ran =
      run(run_edgertronic,
          EdgertronicOptions{
              .address = "127.0.0.1", .port = ear.port(), .payload = "0x01020304", .repeat = 1, .json = true});
  EXPECT_EQ(ran.outcome, Outcome::good) << ran.err;
  EXPECT_EQ(ear.next(), (base::Bytes{1, 2, 3, 4}));
  const auto sent = nlohmann::json::parse(ran.out);
  EXPECT_EQ(sent["raw"], "01020304");
  EXPECT_EQ(sent["to"], nlohmann::json::array({ear.to()}));
  EXPECT_EQ(sent["times"], 1);
}

TEST(TriggerEdgertronic, TheCamerasFileIsWrittenAndRead) {
  const tests::TempFolder folder;
  const Ear ear("239.255.77.2");
  const std::string path = folder / "multicast-trigger.conf";
  const Ran written =
      run(run_edgertronic,
          EdgertronicOptions{.address = "239.255.77.2", .port = ear.port(), .payload = "7", .write_conf = path});
  EXPECT_EQ(written.outcome, Outcome::good) << written.err;
  EXPECT_TRUE(ear.next(std::chrono::milliseconds{0}).empty()) << "writing fires nothing";
  const Ran sent = run(run_edgertronic, EdgertronicOptions{.interfaces = {"127.0.0.1"}, .repeat = 1, .conf = path});
  EXPECT_EQ(sent.outcome, Outcome::good) << sent.err;
  EXPECT_EQ(ear.next(), (base::Bytes{0, 0, 0, 7}));
}

TEST(TriggerEdgertronic, MistakesAreSentences) {
  const auto err = [](EdgertronicOptions options) {
    const Ran ran = run(run_edgertronic, options);
    EXPECT_EQ(ran.outcome, Outcome::unusable);
    EXPECT_EQ(ran.out, "");
    return ran.err;
  };
  EXPECT_THAT(err({.payload = "ja"}), HasSubstr("\"ja\" is no payload"));
  EXPECT_THAT(err({.name = std::string(100, 'x')}), HasSubstr("99"));
  EXPECT_THAT(err({.address = "field"}), HasSubstr("field is no IP address"));
  EXPECT_THAT(err({.conf = "/nowhere/a.conf"}), HasSubstr("/nowhere/a.conf"));
  EXPECT_THAT(err({.address = "10.0.0.1", .write_conf = "/nowhere/a.conf"}), HasSubstr("10.0.0.1"));
  EXPECT_THAT(err({.write_conf = "/nowhere/a.conf"}), HasSubstr("cannot be written"));
}

TEST(TriggerShogun, AStageReadsWhatIsSent) {
  const Ear ear;
  const Ran ran = run(run_shogun, ShogunOptions{.verb = "start",
                                                .name = "take_12",
                                                .path = "D:/Takes",
                                                .to = {ear.to()},
                                                .delay_ms = 250,
                                                .notes = "second <try>"});
  ASSERT_EQ(ran.outcome, Outcome::good) << ran.err;
  const auto note = shogun::decode(ear.next());
  ASSERT_TRUE(note);
  EXPECT_EQ(note->kind, shogun::Kind::start);
  EXPECT_EQ(note->name, "take_12");
  EXPECT_EQ(note->database_path, "D:/Takes");
  EXPECT_EQ(note->delay, std::chrono::milliseconds{250});
  EXPECT_EQ(note->notes, "second <try>");
  EXPECT_TRUE(note->packet_id);
  EXPECT_EQ(note->tolerated, 0);
  EXPECT_THAT(ran.out, StartsWith("Sent start \"take_12\""));
}

TEST(TriggerShogun, AStopTellsItsResultAndARepeatIsTheSamePacket) {
  const Ear first, second;
  const Ran ran = run(
      run_shogun,
      ShogunOptions{
          .verb = "stop", .name = "t", .path = "p", .to = {first.to(), second.to()}, .result = "cancel", .repeat = 2});
  ASSERT_EQ(ran.outcome, Outcome::good) << ran.err;
  const base::Bytes datagram = first.next();
  EXPECT_EQ(shogun::decode(datagram).value().result, shogun::Result::cancel);
  EXPECT_EQ(first.next(), datagram);
  EXPECT_EQ(second.next(), datagram);
}

TEST(TriggerShogun, MistakesAreSentences) {
  const auto err = [](ShogunOptions options) {
    const Ran ran = run(run_shogun, options);
    EXPECT_EQ(ran.outcome, Outcome::unusable);
    return ran.err;
  };
  EXPECT_THAT(err({.verb = "pause", .name = "t"}), HasSubstr("not told \"pause\""));
  EXPECT_THAT(err({.verb = "start", .name = "t"}), HasSubstr("no database path"));
  EXPECT_THAT(err({.verb = "start", .name = "t", .to = {"stage"}}), HasSubstr("\"stage\" is no HOST:PORT"));
  EXPECT_THAT(err({.verb = "start", .name = "t", .flavour = "blade"}), HasSubstr("no flavour \"blade\""));
  EXPECT_THAT(err({.verb = "start", .name = "t", .result = "fail"}), HasSubstr("--result is of a stop"));
}

// Runs `listen` until it has heard `count`, sending what `send` sends again and again: nothing tells when it hears.
template <class Send>
Ran listened(ListenOptions options, Send send) {
  testing::internal::CaptureStdout();
  testing::internal::CaptureStderr();
  auto ended = std::async(std::launch::async, [&] { return run_listen(options); });
  while (ended.wait_for(std::chrono::milliseconds{10}) != std::future_status::ready) send();
  const Outcome outcome = ended.get();
  return {outcome, testing::internal::GetCapturedStdout(), testing::internal::GetCapturedStderr()};
}

// Free a moment ago.
std::uint16_t free_port() {
  return Ear().port();
}

void send_to(std::uint16_t port, const base::Bytes& datagram) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const int descriptor = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  sendto(descriptor, datagram.data(), datagram.size(), 0, reinterpret_cast<sockaddr*>(&address), sizeof address);
  close(descriptor);
}

TEST(TriggerListen, PrintsWhatACameraWouldTake) {
  const std::uint16_t port = free_port();
  base::Bytes datagram = bare;
  append(datagram, bytes_of(std::string_view("hit_&T\0", 7)));
  const Ran ran = listened({.protocol = "edgertronic", .address = "127.0.0.1", .port = port, .count = 1},
                           [&] { send_to(port, datagram); });
  EXPECT_EQ(ran.outcome, Outcome::good) << ran.err;
  EXPECT_THAT(ran.out, HasSubstr("  trigger  name \"hit_&T\"\n"));
}

TEST(TriggerListen, PrintsWhatIsRefusedAndWhy) {
  const std::uint16_t port = free_port();
  const Ran ran = listened({.protocol = "edgertronic", .address = "127.0.0.1", .port = port, .count = 1},
                           [&] { send_to(port, {0x44, 0x95, 0xAA, 0x05}); });
  EXPECT_EQ(ran.outcome, Outcome::good) << ran.err;
  EXPECT_THAT(ran.out, HasSubstr("refused: swapped_payload  "));
  EXPECT_THAT(ran.out, HasSubstr(R"(D\x95\xaa\x05)"));
}

TEST(TriggerListen, JsonHasTheBytes) {
  const std::uint16_t port = free_port();
  const Ran ran = listened({.protocol = "shogun", .address = "127.0.0.1", .port = port, .count = 1, .json = true},
                           [&] { send_to(port, bytes_of("<CaptureStop><Name VALUE=\"a\"/></CaptureStop>")); });
  EXPECT_EQ(ran.outcome, Outcome::good) << ran.err;
  const auto line = nlohmann::json::parse(ran.out);
  EXPECT_EQ(line["taken"], true);
  EXPECT_EQ(line["kind"], "stop");
  EXPECT_THAT(line["words"].get<std::string>(), HasSubstr("name \"a\""));
  EXPECT_THAT(line["words"].get<std::string>(), HasSubstr("no XML declaration"));
  EXPECT_THAT(line["raw"].get<std::string>(), StartsWith("3c43617074757265"));
}

TEST(TriggerListen, EndsWithItsTime) {
  const Ran ran = run(
      run_listen, ListenOptions{.protocol = "shogun", .address = "127.0.0.1", .port = free_port(), .length = "1ms"});
  EXPECT_EQ(ran.outcome, Outcome::good) << ran.err;
  EXPECT_EQ(ran.out, "");
}

TEST(TriggerListen, ATimeThatIsNoneIsASentence) {
  const Ran ran = run(run_listen, ListenOptions{.protocol = "shogun", .length = "soon"});
  EXPECT_EQ(ran.outcome, Outcome::unusable);
  EXPECT_THAT(ran.err, HasSubstr("\"soon\" is no length of time"));
}

}  // namespace
}  // namespace trigger
