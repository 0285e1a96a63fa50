// One request and its answer, shared between the thread that waits for it and the thread of the connections.
#pragma once

#include <array>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>

#include "server/curl/handles.hpp"
#include "storage/objects/s3_http.hpp"

namespace storage::s3 {

class Exchange {
 public:
  // A download hands its body over while it arrives; anything else collects it.
  enum class Kind : std::uint8_t { request, download };

  Exchange(HttpRequest request, Kind kind) : request_(std::move(request)), kind_(kind) {}
  Exchange(const Exchange&) = delete;
  Exchange& operator=(const Exchange&) = delete;

  Kind kind() const noexcept { return kind_; }

  // ---- For the thread that waits.
  Reply wait_done();
  Reply wait_head();
  struct Taken {
    std::size_t bytes = 0;
    bool wants_more = false;  // the sender was held back and there is room again: tell the other thread
  };
  Taken take(std::span<std::uint8_t> out);

  // ---- For the thread of the connections.
  // A curl handle ready to be started, or null when there is no memory for it.
  CURL* prepare(const HttpOptions& options);
  CURL* handle() const noexcept { return easy_.get(); }
  void unpaused() { last_move_ = base::steady_now(); }
  // Why it is to end now, if it is.
  std::optional<Reply> overdue(const HttpOptions& options, base::SteadyTime now) const;
  // The fault of a transfer that curl has ended.
  Reply outcome(CURLcode code) const;
  // Wakes whoever waits. The status and headers that came are kept.
  void finish(Reply end);
  void release() noexcept;  // the curl handle, which must not be in a multi handle any more

 private:
  bool set_options(const HttpOptions& options);
  bool set_headers();
  bool set_body();

  static std::size_t on_header(char* data, std::size_t size, std::size_t count, void* self);
  static std::size_t on_data(char* data, std::size_t size, std::size_t count, void* self);
  static std::size_t on_read(char* into, std::size_t size, std::size_t count, void* self);
  static int on_seek(void* self, curl_off_t offset, int origin);
  bool take_header(std::string_view line);
  std::size_t take_data(std::string_view bytes);
  std::size_t give_body(std::span<std::uint8_t> out);

  const HttpRequest request_;
  const Kind kind_;

  // The thread of the connections alone.
  const base::SteadyTime created_ = base::steady_now();
  curl::Easy easy_;
  curl::List list_;
  std::array<char, CURL_ERROR_SIZE> words_{};
  std::uint64_t sent_ = 0;
  std::size_t header_bytes_ = 0;
  bool too_large_ = false;
  std::optional<base::Error> source_error_;
  base::SteadyTime last_move_ = base::steady_now();

  // Shared.
  mutable std::mutex lock_;
  std::condition_variable changed_;
  Reply reply_;
  bool head_done_ = false;
  bool done_ = false;
  bool paused_ = false;
  base::SteadyTime last_take_ = base::steady_now();
  base::Bytes buffer_;
  std::size_t taken_ = 0;  // of buffer_
};

}  // namespace storage::s3
