// SPDX-License-Identifier: Apache-2.0
#include "mqtt.h"

#include <mosquitto.h>
#include <mqtt_protocol.h>
#include <openssl/ssl.h>
#include <poll.h>

#include <boost/asio/connect.hpp>
#include <map>
#include <memory>
#include <system_error>

#include "picket/base/assert.h"
#include "picket/io/file.h"
#include "picket/server/http.h"

namespace picket {
namespace {

constexpr int kKeepAliveS = 30;
constexpr int kQos = 1;
constexpr int kLoopMs = 20;  ///< and so how long what is to be published waits at most
constexpr auto kConnectPatience = std::chrono::seconds(10);
/// A broker that has said nothing for so long is asked for a word, which it must have given after
/// so long: so a link that is lost shows within 5 s, though nobody closed it. libmosquitto would
/// notice after twice its keep-alive, which it wants to be 5 s or more.
constexpr auto kAskAfter = std::chrono::milliseconds(1000);
constexpr auto kAnswerPatience = std::chrono::milliseconds(3000);
/// Of which there never is a subscription. A broker must answer all the same (MQTT 3.1.1, 3.10.4).
constexpr const char* kAskTopic = "picket/are-you-there";
constexpr auto kGoodbyePatience = std::chrono::seconds(1);
/// For how long a broker keeps the session of a client that is away (version 5), s.
constexpr std::uint32_t kSessionExpiryS = 7 * 86'400;
constexpr std::size_t kMaxPasswordBytes = 64U << 10U;
constexpr const char* kOnline = "online";
constexpr const char* kOffline = "offline";

/// Why the certificate was not believed in the handshake that this thread is in.
thread_local long t_not_believed = X509_V_OK;

int NoteVerification(int believed, X509_STORE_CTX* store) {
  if (believed == 0) t_not_believed = X509_STORE_CTX_get_error(store);
  return believed;
}

std::string WhyOf(int rc) {
  if (t_not_believed != X509_V_OK) {
    return std::string("its certificate is not believed: ") +
           X509_verify_cert_error_string(t_not_believed);
  }
  if (rc == MOSQ_ERR_ERRNO) return std::generic_category().message(errno);
  if (rc == MOSQ_ERR_CONN_LOST) return "the other side ended it";
  return mosquitto_strerror(rc);
}

/// libmosquitto waits for a connection of version 5 as long as the system does, minutes; so it is
/// only asked once somebody listens there.
std::string WhyUnreachable(const std::string& host, std::uint16_t port) {
  using asio::ip::tcp;
  asio::io_context io;
  error_code ec;
  tcp::resolver resolver(io);
  const auto found = resolver.resolve(host, std::to_string(port), ec);
  if (ec) return ec.message();
  tcp::socket socket(io);
  std::string why = "no connection within 10 s";
  asio::async_connect(socket, found, [&](error_code error, const tcp::endpoint&) {
    why = error ? error.message() : "";
  });
  io.run_for(kConnectPatience);
  return why;
}

}  // namespace

struct MqttLink::Client {
  explicit Client(MqttLink& of)
      : link(of),
        handle(
            mosquitto_new(of.options_.client_id.empty() ? nullptr : of.options_.client_id.c_str(),
                          of.options_.client_id.empty(), this),
            mosquitto_destroy) {
    PICKET_ASSERT(handle != nullptr, "a client can be made of a sound client_id");
  }

  static void OnConnect(mosquitto*, void* self, int code, int, const mosquitto_property*) {
    static_cast<Client*>(self)->Connected(code);
  }
  static void OnSubscribe(mosquitto*, void* self, int, int count, const int* granted) {
    for (int i = 0; i < count; ++i) {
      if (granted[i] < 0x80) continue;
      static_cast<Client*>(self)->link.callbacks_.fault("the broker refuses a subscription");
    }
  }
  static void OnMessage(mosquitto*, void* self, const mosquitto_message* message) {
    const auto* payload = static_cast<const char*>(message->payload);
    auto& client = *static_cast<Client*>(self);
    ++client.unsettled;
    client.link.callbacks_.message(message->topic,
                                   {payload, static_cast<std::size_t>(message->payloadlen)});
  }
  static void OnPublish(mosquitto*, void* self, int mid) {
    auto& client = *static_cast<Client*>(self);
    const auto found = client.on_the_way.find(mid);
    if (found == client.on_the_way.end()) return;
    const std::uint64_t id = found->second;
    client.on_the_way.erase(found);
    client.link.callbacks_.delivered(id);
  }

  /// Asks for a word where there was none for a while. Requires that all that came was read.
  /// @returns false: it was asked, and there still is none
  bool Hears() {
    const auto now = SteadyClock::now();
    if (!up || now - heard < kAskAfter) return true;
    if (asked < heard) {
      asked = now;
      mosquitto_unsubscribe(handle.get(), nullptr, kAskTopic);
    }
    return now - asked < kAnswerPatience;
  }
  void Connected(int code) {
    heard = SteadyClock::now();
    if (code != 0) {
      refused =
          link.options_.version_5 ? mosquitto_reason_string(code) : mosquitto_connack_string(code);
      return;
    }
    for (const std::string& topic : link.options_.subscribe) {
      mosquitto_subscribe(handle.get(), nullptr, topic.c_str(), kQos);
    }
    if (!link.options_.status_topic.empty()) Say(kOnline);
    up = true;
    link.backoff_.Reset();
    link.callbacks_.up();
  }
  void Say(std::string_view status) {
    mosquitto_publish(handle.get(), nullptr, link.options_.status_topic.c_str(),
                      static_cast<int>(status.size()), status.data(), kQos, true);
  }

  MqttLink& link;
  std::unique_ptr<mosquitto, void (*)(mosquitto*)> handle;
  bool up = false;
  std::size_t unsettled = 0;  ///< messages that were handed on and may not be kept yet
  std::string refused;
  std::map<int, std::uint64_t> on_the_way;  ///< by libmosquitto's numbers
  SteadyClock::time_point heard;            ///< anything
  SteadyClock::time_point asked;            ///< for a word; before `heard`: not since
};

MqttLink::MqttLink(Options options, Callbacks callbacks)
    : options_(std::move(options)),
      callbacks_(std::move(callbacks)),
      backoff_(
          [this] {
            Feeds::Options retry;
            retry.first_retry = options_.first_retry;
            retry.longest_retry = options_.longest_retry;
            return retry;
          }(),
          options_.host) {
  static const int once = mosquitto_lib_init();
  PICKET_ASSERT(once == MOSQ_ERR_SUCCESS, "libmosquitto starts");
  if (options_.tls) {
    SSL_CTX* native = options_.tls->context.native_handle();
    SSL_CTX_set_verify(native, SSL_CTX_get_verify_mode(native), NoteVerification);
  }
}

void MqttLink::Start() {
  const std::scoped_lock lock(mutex_);
  if (stopping_) return;  // Stop came first, from another thread
  thread_ = std::thread([this] { Run(); });
}

void MqttLink::Stop() {
  std::thread thread;
  {
    const std::scoped_lock lock(mutex_);
    stopping_ = true;
    thread.swap(thread_);
  }
  stop_.notify_all();
  if (thread.joinable()) thread.join();
}

bool MqttLink::stopping() const {
  const std::scoped_lock lock(mutex_);
  return stopping_;
}

std::uint64_t MqttLink::Publish(std::string topic, std::string payload) {
  const std::scoped_lock lock(mutex_);
  waiting_.push_back({++last_id_, std::move(topic), std::move(payload)});
  return last_id_;
}

void MqttLink::Run() {
  while (!stopping()) {
    const std::string why = RunOnce();
    {
      const std::scoped_lock lock(mutex_);
      waiting_.clear();
    }
    if (stopping()) return;
    const auto after = backoff_.Next();
    callbacks_.down(why, after);
    std::unique_lock lock(mutex_);
    stop_.wait_for(lock, after, [this] { return stopping_; });
  }
}

/// One connection from its beginning to its end. @returns why it ended
std::string MqttLink::RunOnce() {
  t_not_believed = X509_V_OK;
  Client client(*this);
  mosquitto* handle = client.handle.get();
  mosquitto_int_option(handle, MOSQ_OPT_PROTOCOL_VERSION,
                       options_.version_5 ? MQTT_PROTOCOL_V5 : MQTT_PROTOCOL_V311);
  mosquitto_int_option(handle, MOSQ_OPT_TCP_NODELAY, 1);
  if (options_.version_5) {
    mosquitto_int_option(handle, MOSQ_OPT_RECEIVE_MAXIMUM, static_cast<int>(kTogether));
  }
  // libmosquitto makes a message's acknowledgement before it hands the message on. For a program
  // with threads of its own it does not send it then but has it wait for mosquitto_loop_write,
  // which we do not call before the message is kept.
  mosquitto_threaded_set(handle, true);
  if (options_.tls) {
    mosquitto_int_option(handle, MOSQ_OPT_SSL_CTX_WITH_DEFAULTS, 0);
    mosquitto_void_option(handle, MOSQ_OPT_SSL_CTX, options_.tls->context.native_handle());
  }
  if (!options_.user.empty()) {
    mosquitto_username_pw_set(handle, options_.user.c_str(),
                              options_.password.empty() ? nullptr : options_.password.c_str());
  }
  if (!options_.status_topic.empty()) {
    mosquitto_will_set(handle, options_.status_topic.c_str(),
                       static_cast<int>(std::string_view(kOffline).size()), kOffline, kQos, true);
  }
  mosquitto_connect_v5_callback_set(handle, Client::OnConnect);
  mosquitto_subscribe_callback_set(handle, Client::OnSubscribe);
  mosquitto_message_callback_set(handle, Client::OnMessage);
  mosquitto_publish_callback_set(handle, Client::OnPublish);

  int rc = MOSQ_ERR_SUCCESS;
  if (options_.version_5) {
    if (std::string why = WhyUnreachable(options_.host, options_.port); !why.empty()) return why;
    mosquitto_property* properties = nullptr;
    if (!options_.client_id.empty()) {
      mosquitto_property_add_int32(&properties, MQTT_PROP_SESSION_EXPIRY_INTERVAL, kSessionExpiryS);
    }
    rc = mosquitto_connect_bind_v5(handle, options_.host.c_str(), options_.port, kKeepAliveS,
                                   nullptr, properties);
    mosquitto_property_free_all(&properties);
  } else {
    rc = mosquitto_connect_async(handle, options_.host.c_str(), options_.port, kKeepAliveS);
  }
  const auto deadline = SteadyClock::now() + kConnectPatience;
  while (rc == MOSQ_ERR_SUCCESS && client.refused.empty() && !stopping()) {
    SendWaiting(client);
    rc = Exchange(client, true);
    if (client.unsettled > 0) return "what came could not be kept";
    if (rc == MOSQ_ERR_SUCCESS && !client.Hears()) return "the broker does not answer";
    if (!client.up && SteadyClock::now() > deadline) return "no connection within 10 s";
  }
  if (!client.refused.empty()) return client.refused;
  if (rc != MOSQ_ERR_SUCCESS) return WhyOf(rc);
  // Told to stop. What libmosquitto still has to send goes out with the goodbye.
  if (client.up && !options_.status_topic.empty()) client.Say(kOffline);
  mosquitto_disconnect(handle);
  const auto patience = SteadyClock::now() + kGoodbyePatience;
  while (SteadyClock::now() < patience && Exchange(client, false) == MOSQ_ERR_SUCCESS) {
  }
  return {};
}

/// Reads what is there, has it kept, and only then sends what waits: acknowledgements among it.
/// @param settle  else nothing is read, what is settled is sent
int MqttLink::Exchange(Client& client, bool settle) {
  mosquitto* handle = client.handle.get();
  const auto ready = [&](int wait_ms) {
    pollfd socket{mosquitto_socket(handle), POLLIN, 0};
    if (mosquitto_want_write(handle)) socket.events |= POLLOUT;
    return poll(&socket, 1, wait_ms) > 0 ? socket.revents : 0;
  };
  int events = ready(kLoopMs);
  for (int more = events; settle && (more & ~POLLOUT) != 0; more = ready(0)) {
    const int rc = mosquitto_loop_read(handle, 1);
    if (rc != MOSQ_ERR_SUCCESS) return rc;
    client.heard = SteadyClock::now();
    if (client.unsettled >= kTogether) break;
  }
  if (client.unsettled > 0) {
    if (!client.link.callbacks_.settle()) return MOSQ_ERR_SUCCESS;
    client.unsettled = 0;
    events |= POLLOUT;
  }
  if ((events & POLLOUT) != 0 && mosquitto_want_write(handle)) {
    const int rc = mosquitto_loop_write(handle, 1);
    if (rc != MOSQ_ERR_SUCCESS) return rc;
  }
  return mosquitto_loop_misc(handle);
}

void MqttLink::SendWaiting(Client& client) {
  if (!client.up) return;
  std::deque<Outgoing> now;
  {
    const std::scoped_lock lock(mutex_);
    now.swap(waiting_);
  }
  for (const Outgoing& each : now) {
    int mid = 0;
    const int rc =
        mosquitto_publish(client.handle.get(), &mid, each.topic.c_str(),
                          static_cast<int>(each.payload.size()), each.payload.data(), kQos, false);
    if (rc == MOSQ_ERR_SUCCESS) {
      client.on_the_way[mid] = each.id;
    } else {
      callbacks_.fault(mosquitto_strerror(rc));
    }
  }
}

Result<MqttLink::Options> MqttOptionsOf(const MqttSettings& settings, const TlsSettings& tls,
                                        const std::string& site_path) {
  const auto address = ParseListenAddress(settings.broker);
  if (!address) return Fail(address.error().what, "mqtt");
  auto context = MakeTls(tls, TlsRole::kClient, address->host, site_path);
  if (!context) return tl::unexpected<Error>(std::move(context.error()));
  MqttLink::Options options;
  options.host = address->host;
  options.port = address->port;
  options.tls = std::move(*context);
  options.version_5 = settings.version_5;
  options.client_id = settings.client_id;
  options.user = settings.user;
  options.subscribe = settings.topics;
  if (!settings.status.empty()) options.subscribe.push_back(settings.status);
  if (!settings.topic.empty()) options.status_topic = settings.topic + "/status";
  if (!settings.password_file.empty()) {
    auto password = ReadFile(ResolveBeside(site_path, settings.password_file), kMaxPasswordBytes);
    if (!password) return Fail(password.error().Text(), "password_file");
    options.password = password->substr(0, password->find_first_of("\r\n"));
    if (options.password.empty()) {
      return Fail("'" + settings.password_file + "' begins with an empty line, expected a password",
                  "password_file");
    }
  }
  return options;
}

bool TopicMatches(std::string_view filter, std::string_view topic, std::string* plus) {
  bool matches = false;
  if (mosquitto_topic_matches_sub(std::string(filter).c_str(), std::string(topic).c_str(),
                                  &matches) != MOSQ_ERR_SUCCESS ||
      !matches) {
    return false;
  }
  if (plus == nullptr) return true;
  // Up to the '+' both are alike, level by level and letter by letter: see IsTopicFilter.
  const std::size_t at = filter.find('+');
  *plus = at == std::string_view::npos ? "" : topic.substr(at, topic.find('/', at) - at);
  return true;
}

}  // namespace picket
