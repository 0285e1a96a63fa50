#include "storage/objects/s3_http.hpp"

#include <signal.h>

#include <thread>

#include "storage/objects/s3_loop.hpp"

namespace storage::s3 {

namespace {
class LiveDownload final : public Download {
 public:
  LiveDownload(Loop& loop, HttpRequest request)
      : loop_(loop), exchange_(std::make_shared<Exchange>(std::move(request), Exchange::Kind::download)) {
    loop_.post([&loop = loop_, exchange = exchange_] { loop.start(exchange); });
  }
  LiveDownload(const LiveDownload&) = delete;
  LiveDownload& operator=(const LiveDownload&) = delete;
  ~LiveDownload() override {
    loop_.post([&loop = loop_, exchange = exchange_] { loop.cancel(exchange); });
  }

  Reply head() override { return exchange_->wait_head(); }
  std::size_t read(std::span<std::uint8_t> out) override {
    const auto taken = exchange_->take(out);
    if (taken.wants_more) loop_.post([&loop = loop_, exchange = exchange_] { loop.resume(exchange); });
    return taken.bytes;
  }

 private:
  Loop& loop_;
  std::shared_ptr<Exchange> exchange_;
};

class CurlHttp final : public Http {
 public:
  explicit CurlHttp(const HttpOptions& options) : loop_(options) {}
  CurlHttp(const CurlHttp&) = delete;
  CurlHttp& operator=(const CurlHttp&) = delete;
  ~CurlHttp() override {
    loop_.post([this] { loop_.stop(); });
    if (thread_.joinable()) thread_.join();
  }

  bool start() {
    if (!loop_.usable()) return false;
    // Signals are the program's business; TLS writes to a closed connection must not end it.
    sigset_t all;
    sigset_t before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    thread_ = std::thread([this] { loop_.run(); });
    pthread_sigmask(SIG_SETMASK, &before, nullptr);
    return true;
  }

  Reply perform(HttpRequest request) override {
    const auto exchange = std::make_shared<Exchange>(std::move(request), Exchange::Kind::request);
    loop_.post([this, exchange] { loop_.start(exchange); });
    return exchange->wait_done();
  }

  std::unique_ptr<Download> download(HttpRequest request) override {
    return std::make_unique<LiveDownload>(loop_, std::move(request));
  }

 private:
  Loop loop_;
  std::thread thread_;
};
}  // namespace

base::Result<std::unique_ptr<Http>> Http::create(const HttpOptions& options) {
  auto http = std::make_unique<CurlHttp>(options);
  if (!http->start())
    return base::fail(base::Errc::exhausted, "libcurl cannot be started for the object store: memory may be short.");
  return http;
}

}  // namespace storage::s3
