// One trigger for several cameras whose states can be asked: a verification of each, over HTTP, and what they say
// together.
#pragma once

#include <asio/steady_timer.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "server/endpoints/endpoint.hpp"
#include "server/endpoints/host.hpp"
#include "server/relay/edgertronic/camapi.hpp"
#include "server/relay/edgertronic/verification.hpp"

namespace endpoints {

// A camera of a group, and what was last heard of it.
struct EdgertronicWatch {
  std::string name;
  std::string url;  // without a slash at its end
  std::optional<edgertronic::CameraStatus> status;
  base::SteadyTime asked_at{};  // when that was
  std::string trouble;          // why it cannot be asked; empty: it can
};

// What Host::misread() is told of these cameras.
constexpr std::string_view edgertronic_answers = "camapi";

class EdgertronicShot : public std::enable_shared_from_this<EdgertronicShot> {
 public:
  using Resend = std::function<base::Result<>()>;
  // `cameras` outlive it. The first datagram has left already.
  EdgertronicShot(const std::vector<std::unique_ptr<EdgertronicWatch>>& cameras, std::optional<std::string> name,
                  std::chrono::milliseconds limit, Resend resend, Done done, Host& host);
  void begin();

  ~EdgertronicShot();

 private:
  struct One;
  void carry_out(One& one, const edgertronic::Orders& orders);
  void ask(One& one, edgertronic::Request request);
  void answered(One& one, edgertronic::Request request, const base::Result<net::relay::HttpAnswer>& answer);
  void end();

  std::vector<std::unique_ptr<One>> all_;
  const std::optional<std::string> name_;
  const Resend resend_;
  Done done_;
  Host& host_;
};

}  // namespace endpoints
