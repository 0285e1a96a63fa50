// The routes of the server and the way of a request through them.
#pragma once

#include <memory>
#include <span>
#include <string_view>

#include "server/http/context.hpp"
#include "server/http/readiness.hpp"
#include "server/http/reply.hpp"

namespace http {

// Longest request target and largest head (all names and values) that are answered on their merits; larger ones get
// 414 and 431. The transport closes on heads beyond its own, wider bounds without an answer.
constexpr std::size_t longest_target = 2048;
constexpr std::size_t largest_head = 16 * 1024;
// Of most requests; larger ones get 413.
constexpr std::size_t usual_body = 16 * 1024;

enum class Place : std::uint8_t {
  at_once,    // on the I/O thread: answers from memory
  pool,       // may block
  readiness,  // answered by Readiness; no handler
  later,      // begun on the I/O thread, answered when a camera has
};

enum class Method : std::uint8_t { get, put, del, post };  // HEAD comes with GET

// Other sites' pages cannot send PUT and DELETE from a browser: it asks first, with OPTIONS, which is refused. POST it
// sends unasked: one that comes from another site's page is refused here.
// A pattern's {segment} takes any one segment. Pages take any query.
struct Route {
  std::string_view pattern;
  std::span<const std::string_view> parameters;
  Place place = Place::at_once;
  Handler handler = nullptr;
  bool any_query = false;
  Method method = Method::get;
  LaterHandler later = nullptr;  // of Place::later
  std::size_t largest_body = usual_body;
};

std::span<const Route> routes() noexcept;

class Api {
 public:
  // Both outlive their last task in the pool, which may outlive the server when a call hangs.
  Api(std::shared_ptr<Context> context, std::shared_ptr<Readiness> readiness);

  // Never blocks. `reply` is used once, on this or another thread.
  void handle(Request request, Reply reply) const;

 private:
  void run_in_pool(const Route& route, Request request, Target target, std::vector<std::string> values,
                   Reply reply) const;
  void answer_readiness(Reply reply) const;
  void answer_later(const Route& route, const Call& call, Reply reply) const;

  std::shared_ptr<Context> context_;
  std::shared_ptr<Readiness> readiness_;
};

}  // namespace http
