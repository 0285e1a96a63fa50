#include "tests/support/nats/nats_server.hpp"

#include <fmt/format.h>
#include <nats/nats.h>
#include <unistd.h>

#include <csignal>
#include <fstream>
#include <iterator>
#include <stdexcept>

#include "tests/support/eventually.hpp"
#include "tests/support/ports.hpp"

namespace tests {

namespace {
constexpr const char* program = "/usr/sbin/nats-server";  // not in everybody's PATH

std::string content_of(const std::filesystem::path& file) {
  std::ifstream in(file);
  return {std::istreambuf_iterator<char>(in), {}};
}

void check(natsStatus status, const char* what) {
  if (status != NATS_OK) throw std::runtime_error(fmt::format("{}: {}", what, natsStatus_GetText(status)));
}

class Client {
 public:
  explicit Client(const std::string& url) {
    check(natsConnection_ConnectTo(&connection_, url.c_str()), "connecting to nats-server");
    check(natsConnection_JetStream(&stream_, connection_, nullptr), "JetStream");
  }
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;
  ~Client() {
    jsCtx_Destroy(stream_);
    natsConnection_Destroy(connection_);
  }
  jsCtx* stream() const { return stream_; }

 private:
  natsConnection* connection_ = nullptr;
  jsCtx* stream_ = nullptr;
};

NatsMessage read(jsCtx* stream, const std::string& name, std::uint64_t sequence) {
  natsMsg* message = nullptr;
  check(js_GetMsg(&message, stream, name.c_str(), sequence, nullptr, nullptr), "reading a message of a stream");
  const char* id = "";
  natsMsgHeader_Get(message, "Nats-Msg-Id", &id);
  NatsMessage copy{natsMsg_GetSubject(message), id,
                   std::string(natsMsg_GetData(message), static_cast<std::size_t>(natsMsg_GetDataLength(message)))};
  natsMsg_Destroy(message);
  return copy;
}
}  // namespace

NatsServer::NatsServer(std::string settings, bool jetstream)
    : port_(lasting_port(static_cast<std::uint64_t>(getpid()))) {
  if (access(program, X_OK) != 0)
    throw std::runtime_error(fmt::format(
        "{} is missing: tests of events need it. Install it with: apt-get install -y nats-server", program));
  std::ofstream(folder_ / "nats.conf") << fmt::format(
      "listen: \"{}\"\n{}{}\n", address(),
      jetstream ? fmt::format("jetstream {{ store_dir: \"{}\" }}\n", (folder_ / "store").string()) : "", settings);
  start();
}

void NatsServer::start() {
  const auto log = folder_ / "log";
  std::filesystem::remove(log);
  process_ =
      std::make_unique<ChildProcess>(std::vector<std::string>{program, "-c", (folder_ / "nats.conf").string()}, log);
  const auto ready = [&] { return content_of(log).find("Server is ready") != std::string::npos; };
  if (eventually([&] { return ready() || !process_->running(); }) && process_->running()) return;
  throw std::runtime_error("nats-server does not start: " + content_of(log));
}

void NatsServer::kill_hard() {
  process_->signal(SIGKILL);
  process_->wait_exit(patience);
}

std::string NatsServer::address() const {
  return fmt::format("127.0.0.1:{}", port_);
}

std::vector<NatsMessage> NatsServer::messages(const std::string& stream, const std::string& login) const {
  const Client client(fmt::format("nats://{}{}", login, address()));
  jsStreamInfo* info = nullptr;
  if (js_GetStreamInfo(&info, client.stream(), stream.c_str(), nullptr, nullptr) != NATS_OK) return {};
  const auto first = info->State.FirstSeq;
  const auto last = info->State.LastSeq;
  jsStreamInfo_Destroy(info);
  std::vector<NatsMessage> all;
  for (auto sequence = std::max<std::uint64_t>(first, 1); sequence <= last; ++sequence)
    all.push_back(read(client.stream(), stream, sequence));
  return all;
}

void NatsServer::make_stream(const std::string& stream, const std::string& subjects) const {
  const Client client("nats://" + address());
  const char* all = subjects.c_str();
  jsStreamConfig config{};
  check(jsStreamConfig_Init(&config), "the settings of a stream");
  config.Name = stream.c_str();
  config.Subjects = &all;
  config.SubjectsLen = 1;
  check(js_AddStream(nullptr, client.stream(), &config, nullptr, nullptr), "making a stream");
}

}  // namespace tests
