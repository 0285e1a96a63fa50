#include "server/net/stream.hpp"

#include <gtest/gtest.h>
#include <openssl/ssl.h>
#include <sys/socket.h>

#include <future>

#include "server/dualcam/wire.hpp"
#include "tests/support/certificate.hpp"
#include "tests/support/client_socket.hpp"
#include "tests/support/temp_folder.hpp"

namespace net {
namespace {

using base::Bytes;
using base::ByteView;

// One connection: a Stream on this side, a ClientSocket on the other.
class StreamPair : public testing::Test {
 protected:
  StreamPair() : acceptor_(context_, {asio::ip::address_v4::loopback(), 0}) {}

  void connect(const TlsContext& tls = nullptr) {
    peer_.emplace(acceptor_.local_endpoint().port());
    stream_.emplace(acceptor_.accept(), tls);
  }
  void connect_tls(int version = 0) {
    const auto files = tests::make_certificate(folder_.path(), "server", "camera.test");
    connect(*load_tls_context({files.chain, files.key}));
    auto handshake = std::async(std::launch::async, [&] { return peer_->start_tls(version); });
    std::uint8_t byte = 0;
    // The handshake happens within read(): its end shows as "nothing to read yet", a failure as that.
    EXPECT_TRUE(tests::eventually([&] {
      last_ = stream_->read({&byte, 1});
      return handshake.wait_for(std::chrono::seconds{0}) == std::future_status::ready || last_.state == IoState::failed;
    }));
    handshake_ = handshake.get();
  }
  // What arrives until `count` bytes are there; stops at the end and at errors.
  Bytes read(std::size_t count) {
    Bytes all;
    tests::eventually([&] {
      Bytes some(1000);
      last_ = stream_->read(some);
      all.insert(all.end(), some.begin(), some.begin() + static_cast<std::ptrdiff_t>(last_.bytes));
      return all.size() >= count || last_.state == IoState::closed || last_.state == IoState::failed;
    });
    return all;
  }
  Bytes bytes(std::size_t count) const {
    Bytes made(count);
    for (std::size_t i = 0; i < count; ++i) made[i] = static_cast<std::uint8_t>(i * 31 >> 3);
    return made;
  }
  void expect_echo() {
    const Bytes sent = bytes(100'000);
    auto sending = std::async(std::launch::async, [&] { return peer_->send(sent); });
    EXPECT_EQ(read(sent.size()), sent);
    EXPECT_TRUE(sending.get());
    auto receiving = std::async(std::launch::async, [&] { return peer_->read_exactly(sent.size()); });
    ByteView left = sent;
    EXPECT_TRUE(tests::eventually([&] {
      const IoResult result = stream_->write(left);
      if (result.state == IoState::done) left = left.subspan(result.bytes);
      return left.empty();
    }));
    EXPECT_EQ(receiving.get(), sent);
  }

  tests::TempFolder folder_;
  asio::io_context context_;
  asio::ip::tcp::acceptor acceptor_;
  std::optional<tests::ClientSocket> peer_;
  std::optional<Stream> stream_;
  IoResult last_;
  bool handshake_ = false;
};

TEST_F(StreamPair, PlainBothWays) {
  connect();
  EXPECT_FALSE(stream_->is_tls());
  expect_echo();
}

TEST_F(StreamPair, TlsBothWays) {
  connect_tls();
  ASSERT_TRUE(handshake_);
  EXPECT_TRUE(stream_->is_tls());
  EXPECT_EQ(peer_->peer_name(), "camera.test");
  expect_echo();
}

TEST_F(StreamPair, TlsFromVersion12) {
  connect_tls(TLS1_2_VERSION);
  ASSERT_TRUE(handshake_);
  expect_echo();
}

TEST_F(StreamPair, OlderTlsIsRefusedWithAReason) {
  connect_tls(TLS1_1_VERSION);
  EXPECT_FALSE(handshake_);
  EXPECT_EQ(last_.state, IoState::failed);
  EXPECT_TRUE(last_.reason.starts_with("TLS: ")) << last_.reason;
}

TEST_F(StreamPair, NothingThereIsNoEnd) {
  connect();
  std::uint8_t byte = 0;
  EXPECT_EQ(stream_->read({&byte, 1}).state, IoState::want_read);
}

TEST_F(StreamPair, EndOfThePeer) {
  connect();
  peer_->send(bytes(3));
  peer_->shut_sending();
  EXPECT_EQ(read(4), bytes(3)) << "what came before the end is read first";
  EXPECT_EQ(last_.state, IoState::closed);
}

TEST_F(StreamPair, ResetOfThePeerHasAReason) {
  connect();
  peer_->close(true);
  read(1);
  EXPECT_EQ(last_.state, IoState::failed);
  EXPECT_EQ(last_.reason, "Connection reset by peer");
}

// Links break without a goodbye; that is an end as any other.
TEST_F(StreamPair, TlsPeerThatLeavesWithoutAGoodbye) {
  connect_tls();
  ASSERT_TRUE(handshake_);
  peer_->shut_sending();
  read(1);
  EXPECT_EQ(last_.state, IoState::closed);
}

TEST_F(StreamPair, PlainBytesWhereTlsIsSpoken) {
  const auto files = tests::make_certificate(folder_.path(), "server", "camera.test");
  connect(*load_tls_context({files.chain, files.key}));
  peer_->send(dualcam::encode_init({.protocol = 5, .imei = 356307042441013, .settings = 0}).view());
  read(1);
  EXPECT_EQ(last_.state, IoState::failed);
  EXPECT_TRUE(last_.reason.starts_with("TLS: ")) << last_.reason;
}

TEST_F(StreamPair, APeerThatReadsNothingBlocksNobody) {
  connect();
  const Bytes some = bytes(64 * 1024);
  IoResult result;
  for (int i = 0; i < 1000 && (result = stream_->write(some)).state == IoState::done; ++i);
  EXPECT_EQ(result.state, IoState::want_write);
}

TEST_F(StreamPair, WritingToAPeerThatIsGoneIsAnErrorAndNoSignal) {
  connect();
  peer_->close(true);
  const Bytes some = bytes(1000);
  EXPECT_TRUE(tests::eventually([&] { return stream_->write(some).state == IoState::failed; }));
}

TEST_F(StreamPair, AClosedStreamFails) {
  connect();
  stream_->close();
  EXPECT_FALSE(stream_->is_open());
  std::uint8_t byte = 0;
  EXPECT_EQ(stream_->read({&byte, 1}).state, IoState::failed);
  EXPECT_EQ(stream_->write({&byte, 1}).state, IoState::failed);
  stream_->close();
  EXPECT_TRUE(peer_->ended());
}

TEST_F(StreamPair, WaitsAreTold) {
  connect();
  int readable = 0;
  int writable = 0;
  stream_->async_wait_readable([&](const std::error_code& error) { readable += error ? 0 : 1; });
  stream_->async_wait_writable([&](const std::error_code& error) { writable += error ? 0 : 1; });
  peer_->send(bytes(1));
  context_.run_for(tests::patience);
  EXPECT_EQ(readable, 1);
  EXPECT_EQ(writable, 1);
}

}  // namespace
}  // namespace net
