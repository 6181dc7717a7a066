// SPDX-License-Identifier: Apache-2.0
#include "picket/server/output.h"

#include <algorithm>
#include <boost/asio/connect.hpp>
#include <boost/asio/ip/multicast.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ip/udp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/write.hpp>
#include <deque>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <set>
#include <thread>
#include <utility>

#include "feed_base.h"
#include "mqtt.h"
#include "picket/base/assert.h"
#include "picket/codec/asterix_encode.h"
#include "picket/codec/cot.h"
#include "picket/codec/json.h"
#include "picket/geo/frame.h"
#include "picket/io/clock.h"
#include "picket/server/http.h"
#include "sapient_output.h"
#include "tls.h"

namespace picket {
namespace {

using asio::ip::tcp;
using asio::ip::udp;

/// A picture of the track format in the words of an output's format. Tracks that were shown and are
/// not in it any more are taken off.
class Messages {
 public:
  Messages() = default;
  Messages(const Messages&) = delete;
  Messages& operator=(const Messages&) = delete;
  virtual ~Messages() = default;
  virtual std::vector<std::string> Of(const std::string& picture) = 0;
  /// Nobody has seen anything yet: a new connection, which begins with XML.
  virtual void Forget() = 0;
  /// From now on the messages of TAK protocol version 1 as a stream.
  virtual void SpeakTak() {}
};

/// An event for each track, and where wanted its way.
class CotEvents final : public Messages {
 public:
  /// @param protobuf  TAK protocol version 1 in that framing; none: XML
  CotEvents(const OutputFeed& feed, std::string prefix, std::optional<cot::Framing> protobuf)
      : stale_(Duration::Seconds(feed.stale_s)),
        trail_(Duration::Seconds(feed.trail_s)),
        datagrams_(!feed.udp.empty()),
        prefix_(std::move(prefix)),
        protobuf_(protobuf) {}

  std::vector<std::string> Of(const std::string& picture) override {
    std::vector<std::string> events;
    // Written by ourselves, so that what is not there is a broken invariant.
    const nlohmann::json json = nlohmann::json::parse(picture);
    const Time time = *Time::Parse(json.at("time").get<std::string>());
    std::set<std::string> now;
    for (const auto& track : json.at("tracks")) {
      const cot::Target target = TargetOf(track, time);
      now.insert(target.uid);
      gone_.erase(target.uid);
      Shown& shown = shown_[target.uid];
      const bool trail = trail_ > Duration();
      cot::Event event = cot::TrackEvent(target, stale_, trail);
      shown.type = event.type;
      events.push_back(Written(event));
      if (trail) AddWay(target, shown, events);
    }
    for (auto it = shown_.begin(); it != shown_.end();) {
      if (now.contains(it->first)) {
        ++it;
        continue;
      }
      // A datagram may be lost, and with it the only word that a track is no more.
      gone_[it->first] = {it->second.type, it->second.way_shown.has_value(), datagrams_ ? 3 : 1};
      it = shown_.erase(it);
    }
    for (auto it = gone_.begin(); it != gone_.end();) {
      auto& [uid, gone] = *it;
      events.push_back(Written(cot::DeleteEvent(uid, gone.type, time)));
      if (gone.way) {
        events.push_back(Written(cot::DeleteEvent(uid + ".way", "u-d-f", time)));
      }
      it = --gone.times > 0 ? std::next(it) : gone_.erase(it);
    }
    return events;
  }
  /// What was shown over an earlier connection may still be on a display behind it, so that it is
  /// taken off all the same.
  void Forget() override {
    for (auto& [unused, shown] : shown_) shown.way_shown.reset();
    if (!datagrams_) protobuf_.reset();
  }
  void SpeakTak() override { protobuf_ = cot::Framing::kStream; }

 private:
  static constexpr std::size_t kMostPlaces = 200;
  static constexpr Duration kWayEvery = Duration::Seconds(5.0);
  struct Shown {
    std::string type;
    std::deque<std::pair<Time, cot::WayPoint>> way;
    std::optional<Time> way_shown;
  };
  struct Gone {
    std::string type;
    bool way = false;
    int times = 0;
  };

  [[nodiscard]] cot::Target TargetOf(const nlohmann::json& track, Time time) const {
    cot::Target target;
    target.time = time;
    target.id = std::to_string(track.at("id").get<std::uint64_t>());
    target.uid = prefix_ + target.id;
    target.lat_deg = track.at("lat_deg");
    target.lon_deg = track.at("lon_deg");
    target.hae_m = track.at("alt_hae_m").get<double>();
    target.vel_enu_mps = track.at("vel_enu_mps").get<std::array<double, 3>>();
    target.sd_m = track.at("sd_m").get<std::array<double, 3>>();
    double most = 0.5;  // a kind is shown once it is more likely than all others together
    for (const auto& [name, p] : track.at("class").items()) {
      const auto known = ParseClass(name);
      if (!known || p.get<double>() <= most) continue;
      most = p;
      target.target_class = ClassName(*known);
    }
    return target;
  }

  /// Places at least as far apart in time as they may be to fill the trail.
  void AddWay(const cot::Target& target, Shown& shown, std::vector<std::string>& events) {
    const Duration apart = Duration::Ns(trail_.ns() / static_cast<std::int64_t>(kMostPlaces));
    auto& way = shown.way;
    if (way.empty() || target.time - way.back().first >= apart) {
      way.push_back({target.time, {target.lat_deg, target.lon_deg, target.hae_m}});
    }
    while (target.time - way.front().first > trail_) way.pop_front();
    if (way.size() < 2 || (shown.way_shown && target.time - *shown.way_shown < kWayEvery)) return;
    std::vector<cot::WayPoint> places;
    places.reserve(way.size());
    for (const auto& [unused, place] : way) places.push_back(place);
    events.push_back(Written(cot::WayEvent(target, places, stale_ + kWayEvery)));
    shown.way_shown = target.time;
  }

  [[nodiscard]] std::string Written(const cot::Event& event) const {
    if (protobuf_) return cot::WriteTak(event, *protobuf_);
    return datagrams_ ? cot::WriteXml(event) : cot::WriteStreamXml(event);
  }

  const Duration stale_;
  const Duration trail_;
  const bool datagrams_;
  const std::string prefix_;
  std::optional<cot::Framing> protobuf_;
  std::map<std::string, Shown> shown_;
  std::map<std::string, Gone> gone_;
};

/// ASTERIX data blocks, each a datagram.
class AsterixBlocks final : public Messages {
 public:
  AsterixBlocks(const OutputFeed& feed, const LocalFrame& frame)
      : feed_(feed), frame_(frame), encoder_(feed.sac, feed.sic, feed.category) {}

  std::vector<std::string> Of(const std::string& picture) override {
    const auto read = ReadPicture(picture, &frame_);
    PICKET_ASSERT(read, "a picture that we wrote ourselves");
    std::vector<asterix::SystemTrack> tracks;
    for (const Track& track : read->tracks) {
      const Geodetic at = frame_.ToGeodetic(track.mean.head<3>());
      const Eigen::Vector3d velocity = frame_.AxesAt(at) * track.mean.tail<3>();
      tracks.push_back(asterix::SystemTrackOf(track, read->time, at, velocity));
    }
    std::vector<std::string> blocks;
    for (const asterix::Message& message : encoder_.Encode(read->time, tracks)) {
      blocks.emplace_back(message.bytes.begin(), message.bytes.end());
    }
    return blocks;
  }
  void Forget() override { encoder_ = asterix::TrackEncoder(feed_.sac, feed_.sic, feed_.category); }

 private:
  OutputFeed feed_;
  LocalFrame frame_;
  asterix::TrackEncoder encoder_;
};

std::unique_ptr<Messages> MessagesOf(const OutputFeed& feed, const Backend& backend) {
  if (feed.format == "asterix") {
    return std::make_unique<AsterixBlocks>(feed, backend.site().frame);
  }
  // A stream begins with XML in any case.
  const bool protobuf = feed.format == "tak" && !feed.udp.empty();
  return std::make_unique<CotEvents>(feed, cot::UidPrefix(backend.site().site.name),
                                     protobuf ? std::optional(cot::Framing::kMesh) : std::nullopt);
}

/// One output; everything on the outputs' thread.
class Output : public std::enable_shared_from_this<Output> {
 public:
  Output(asio::io_context& io, const OutputFeed& feed, std::string name, Backend& backend,
         const std::function<void(const std::string&)>& log)
      : io_(io),
        status_(std::move(name), LinkDirection::kOut, log),
        backend_(backend),
        every_(Chrono(Duration::Seconds(feed.every_s))),
        timer_(io) {}
  Output(const Output&) = delete;
  Output& operator=(const Output&) = delete;
  virtual ~Output() = default;

  void Start() {
    timer_.expires_after(every_);
    timer_.async_wait([self = shared_from_this()](error_code ec) {
      if (ec) return;
      if (self->Ready()) {
        self->backend_.AskPicture([weak = self->weak_from_this()](const std::string& picture) {
          const auto alive = weak.lock();
          if (!alive) return;
          asio::post(alive->io_, [alive, picture] { alive->Send(picture); });
        });
      }
      self->Start();
    });
  }
  /// Called when the outputs' thread has ended: what an output has besides ends.
  virtual void Stop() {}
  [[nodiscard]] FeedHealth Health() const { return status_.Health(); }

 protected:
  /// Whether a picture could be sent now.
  virtual bool Ready() = 0;
  [[nodiscard]] std::chrono::nanoseconds every() const { return every_; }
  /// @param picture  one line of the track format
  virtual void Send(const std::string& picture) = 0;
  void Sent(std::size_t count, std::size_t bytes) {
    status_.Count(bytes);
    for (std::size_t i = 0; i < count; ++i) status_.Message();
  }

  asio::io_context& io_;
  FeedStatus status_;
  Backend& backend_;

 private:
  std::chrono::nanoseconds every_;
  asio::steady_timer timer_;
};

class UdpOutput final : public Output {
 public:
  UdpOutput(asio::io_context& io, const OutputFeed& feed, const udp::endpoint& to,
            const asio::ip::address_v4& interface, Backend& backend,
            const std::function<void(const std::string&)>& log)
      : Output(io, feed, feed.format + " udp " + feed.udp, backend, log),
        messages_(MessagesOf(feed, backend)),
        to_(to),
        interface_(interface),
        hops_(feed.multicast.ttl),
        socket_(io) {}

 private:
  /// Pictures that all went, in a row, after which somebody is there again: where nobody is, that
  /// is said by every second datagram at least.
  static constexpr int kGood = 2;

  /// Connected, so that we hear where nobody takes the datagrams.
  bool Ready() override {
    error_code ec;
    if (!socket_.is_open()) {
      Open(ec);
      error_code ignored;
      if (ec) socket_.close(ignored);
    }
    if (ec) {
      status_.Down(ec.message(), every());
    } else if (good_ == kGood) {
      status_.State("up");
    }
    return !ec;
  }
  void Open(error_code& ec) {
    socket_.open(to_.protocol(), ec);
    if (!ec && to_.address().is_multicast()) {
      socket_.set_option(asio::ip::multicast::hops(hops_), ec);
      if (!ec && !interface_.is_unspecified()) {
        socket_.set_option(asio::ip::multicast::outbound_interface(interface_), ec);
      }
    }
    if (!ec) socket_.connect(to_, ec);
  }
  void Send(const std::string& picture) override {
    std::size_t sent = 0;
    std::size_t bytes = 0;
    error_code why;
    for (const std::string& event : messages_->Of(picture)) {
      error_code ec;
      socket_.send(asio::buffer(event), 0, ec);
      if (ec == asio::error::connection_refused) {
        // The answer to an earlier one; this one has not gone.
        why = ec;
        socket_.send(asio::buffer(event), 0, ec);
      }
      if (ec) {
        why = ec;
        continue;
      }
      ++sent;
      bytes += event.size();
    }
    if (sent > 0) Sent(sent, bytes);
    if (why) {
      good_ = 0;
      status_.Fault(why.message());
      status_.Down(why.message(), every());
    } else if (sent > 0) {
      good_ = std::min(good_ + 1, kGood);
    }
  }

  std::unique_ptr<Messages> messages_;
  udp::endpoint to_;
  asio::ip::address_v4 interface_;
  int hops_;
  udp::socket socket_;
  int good_ = kGood;
};

class TcpOutput final : public Output {
 public:
  TcpOutput(asio::io_context& io, const OutputFeed& feed, ListenAddress to, TlsPtr tls,
            Backend& backend, const std::function<void(const std::string&)>& log)
      : Output(io, feed, feed.format + (feed.tls.on ? " tls " : " tcp ") + feed.tcp, backend, log),
        messages_(MessagesOf(feed, backend)),
        negotiates_(feed.format == "tak"),
        to_(std::move(to)),
        tls_(std::move(tls)),
        resolver_(io),
        watch_(io),
        backoff_({}, to_.host) {}

 private:
  enum class State : std::uint8_t { kClosed, kConnecting, kIdle, kWriting };
  static constexpr auto kPatience = std::chrono::seconds(10);  ///< to connect, and to write
  /// How long a server may take to respond to a request; then all begins anew.
  static constexpr auto kResponse = std::chrono::seconds(60);

  /// One connection; an answer to what an earlier one had under way says nothing of this one.
  struct Connection {
    explicit Connection(asio::io_context& io) : socket(io) {}
    LinkSocket socket;
    std::string text;
    std::array<std::uint8_t, 16U << 10U> unread{};
    cot::CotDecoder decoder{{.want_json = false, .want_reports = false}, "", false};
    std::string offered;                               ///< the offer's uid; empty: none to answer
    std::optional<SteadyClock::time_point> requested;  ///< no word of ours until it responds
  };
  using ConnectionPtr = std::shared_ptr<Connection>;

  bool Ready() override {
    if (state_ == State::kClosed && SteadyClock::now() >= again_) Connect();
    if (state_ != State::kIdle) return false;
    if (!connection_->offered.empty()) Request();
    if (connection_->requested && SteadyClock::now() - *connection_->requested > kResponse) {
      // What the server speaks by now nobody can tell.
      Close("no response to the request for TAK protocol version 1 within a minute");
    }
    return state_ == State::kIdle && !connection_->requested;
  }
  void Request() {
    const std::string uid = std::exchange(connection_->offered, {});
    connection_->requested = SteadyClock::now();
    Write(cot::WriteStreamXml(cot::RequestEvent(uid, WallClock())), 0);
  }
  void Connect() {
    state_ = State::kConnecting;
    connection_ = std::make_shared<Connection>(io_);
    Watch("no connection within 10 s");
    resolver_.async_resolve(
        to_.host, std::to_string(to_.port),
        [self = Self(), c = connection_](error_code ec, const tcp::resolver::results_type& found) {
          if (c != self->connection_) return;
          if (ec) return self->Close(ec.message());
          asio::async_connect(c->socket.tcp(), found,
                              [self, c](error_code error, const tcp::endpoint&) {
                                if (c != self->connection_) return;
                                if (error) return self->Close(error.message());
                                self->Handshake(c);
                              });
        });
  }
  void Handshake(const ConnectionPtr& c) {
    c->socket.NoticeLoss();
    c->socket.Handshake(tls_, [self = Self(), c](error_code ec) {
      if (c != self->connection_) return;
      if (ec) return self->Close(c->socket.Why(ec));
      self->watch_.cancel();
      self->backoff_.Reset();
      self->status_.State("up");
      self->messages_->Forget();
      self->state_ = State::kIdle;
      self->Read(c);
    });
  }
  /// A TAK server sends what others see; it lets go who does not read, and its end is noticed. Of
  /// what it says only the handshake counts here.
  void Read(const ConnectionPtr& c) {
    c->socket.async_read_some(asio::buffer(c->unread),
                              [self = Self(), c](error_code ec, std::size_t n) {
                                if (c != self->connection_) return;
                                if (ec) return self->Close(c->socket.Why(ec));
                                if (self->negotiates_) self->Listen(*c, {c->unread.data(), n});
                                self->Read(c);
                              });
  }
  void Listen(Connection& c, std::span<const std::uint8_t> bytes) {
    DecodeSink sink;
    sink.on_message = [&](const DecodedMessage& message) {
      const auto event =
          cot::ReadXml({reinterpret_cast<const char*>(message.raw.data()), message.raw.size()});
      switch (event ? cot::HandshakeOf(*event) : cot::Handshake::kNone) {
        case cot::Handshake::kOffered:
          if (!c.requested) c.offered = event->uid;
          break;
        case cot::Handshake::kAccepted:
          if (c.requested) messages_->SpeakTak();
          c.requested.reset();
          break;
        case cot::Handshake::kRefused:
          c.requested.reset();
          break;
        case cot::Handshake::kNone:
          break;
      }
    };
    c.decoder.Feed(bytes, std::nullopt, sink);
  }
  void Send(const std::string& picture) override {
    if (state_ != State::kIdle) return;
    // The picture was asked for before the server's offer came.
    if (connection_->requested) return;
    std::string text;
    const std::vector<std::string> events = messages_->Of(picture);
    for (const std::string& event : events) text += event;
    if (!events.empty()) Write(std::move(text), events.size());
  }
  void Write(std::string text, std::size_t events) {
    const ConnectionPtr c = connection_;
    c->text = std::move(text);
    state_ = State::kWriting;
    Watch("does not take what is sent");
    asio::async_write(c->socket, asio::buffer(c->text),
                      [self = Self(), c, count = events](error_code ec, std::size_t) {
                        if (c != self->connection_) return;
                        if (ec) return self->Close(c->socket.Why(ec));
                        self->watch_.cancel();
                        self->state_ = State::kIdle;
                        self->Sent(count, c->text.size());
                      });
  }
  void Watch(const char* why) {
    watch_.expires_after(kPatience);
    watch_.async_wait([self = Self(), c = connection_, why](error_code ec) {
      if (!ec && c == self->connection_) self->Close(why);
    });
  }
  void Close(const std::string& why) {
    watch_.cancel();
    connection_->socket.Close();
    connection_.reset();
    state_ = State::kClosed;
    const auto after = backoff_.Next();
    again_ = SteadyClock::now() + after;
    status_.Reconnect();
    status_.Down(why, after);
  }
  std::shared_ptr<TcpOutput> Self() {
    return std::static_pointer_cast<TcpOutput>(shared_from_this());
  }

  std::unique_ptr<Messages> messages_;
  const bool negotiates_;  ///< TAK protocol version 1, once the server offers it
  ListenAddress to_;
  TlsPtr tls_;
  tcp::resolver resolver_;
  asio::steady_timer watch_;
  Backoff backoff_;
  ConnectionPtr connection_;
  State state_ = State::kClosed;
  SteadyClock::time_point again_;
};

/// Pictures and alerts as JSON, to an MQTT broker.
class MqttOutput final : public Output {
 public:
  MqttOutput(asio::io_context& io, const OutputFeed& feed, MqttLink::Options link, Backend& backend,
             const std::function<void(const std::string&)>& log)
      : Output(io, feed, (feed.tls.on ? "json mqtt tls " : "json mqtt ") + feed.mqtt.broker,
               backend, log),
        topic_(feed.mqtt.topic) {
    MqttLink::Callbacks callbacks;
    callbacks.up = [this] {
      status_.State("up");
      asio::post(io_, [this] { up_ = true; });
    };
    callbacks.down = [this](const std::string& why, std::chrono::nanoseconds after) {
      status_.Down(why, after);
      status_.Reconnect();
      asio::post(io_, [this] { Forget(); });
    };
    callbacks.fault = [this](const std::string& why) { status_.Fault(why); };
    callbacks.message = [](std::string_view, std::string_view) {};
    callbacks.settle = [] { return true; };
    callbacks.delivered = [this](std::uint64_t id) {
      asio::post(io_, [this, id] { Delivered(id); });
    };
    link_ = std::make_unique<MqttLink>(std::move(link), std::move(callbacks));
    link_->Start();
  }
  MqttOutput(const MqttOutput&) = delete;
  MqttOutput& operator=(const MqttOutput&) = delete;
  ~MqttOutput() override { Stop(); }
  void Stop() override {
    if (link_) link_->Stop();
  }

 private:
  /// Alerts go out as they change, however long the last picture takes; pictures one by one.
  bool Ready() override {
    if (!up_) return false;
    SendAlerts();
    return picture_on_the_way_ == 0;
  }
  void Send(const std::string& picture) override {
    if (up_) picture_on_the_way_ = Publish("/tracks", picture);
  }
  std::uint64_t Publish(const std::string& under, const std::string& text) {
    const std::uint64_t id = link_->Publish(topic_ + under, text);
    bytes_on_the_way_[id] = text.size();
    return id;
  }
  void SendAlerts() {
    std::string all = backend_.Alerts();
    if (all == alerts_) return;
    alerts_ = std::move(all);
    // Written by ourselves; the latest change comes first there.
    const auto json = nlohmann::ordered_json::parse(alerts_);
    const auto& alerts = json.at("alerts");
    std::map<std::uint64_t, std::string> known;
    for (auto alert = alerts.rbegin(); alert != alerts.rend(); ++alert) {
      const auto id = alert->at("id").get<std::uint64_t>();
      std::string text = alert->dump();
      const auto before = known_.find(id);
      if (before == known_.end() || before->second != text) {
        alerts_on_the_way_[Publish("/alerts", text)] = id;
      }
      known[id] = std::move(text);
    }
    known_ = std::move(known);
  }
  void Delivered(std::uint64_t id) {
    if (id == picture_on_the_way_) picture_on_the_way_ = 0;
    alerts_on_the_way_.erase(id);
    const auto bytes = bytes_on_the_way_.extract(id);
    if (!bytes.empty()) Sent(1, bytes.mapped());
  }
  /// Alerts of which nobody knows whether they arrived are sent again.
  void Forget() {
    up_ = false;
    picture_on_the_way_ = 0;
    for (const auto& [unused, alert] : alerts_on_the_way_) known_.erase(alert);
    alerts_on_the_way_.clear();
    bytes_on_the_way_.clear();
    alerts_.clear();
  }

  const std::string topic_;
  bool up_ = false;
  std::uint64_t picture_on_the_way_ = 0;                      ///< 0: none
  std::string alerts_;                                        ///< as they were when last looked at
  std::map<std::uint64_t, std::string> known_;                ///< alerts as sent, by id
  std::map<std::uint64_t, std::uint64_t> alerts_on_the_way_;  ///< alert's id by the link's number
  std::map<std::uint64_t, std::size_t> bytes_on_the_way_;     ///< likewise
  std::unique_ptr<MqttLink> link_;  ///< last: its thread uses what is above
};

}  // namespace

class Outputs::Impl {
 public:
  explicit Impl(Options given) : options(std::move(given)) {}
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;
  ~Impl() { Stop(); }
  void Stop() {
    io.stop();
    if (thread.joinable()) thread.join();
    for (const auto& output : outputs) output->Stop();
  }

  const Options options;
  asio::io_context io{1};
  std::vector<std::shared_ptr<Output>> outputs;
  std::vector<std::shared_ptr<SapientOutput>> higher_nodes;
  std::thread thread;
};

Outputs::Outputs() = default;
Outputs::~Outputs() { Stop(); }

tl::expected<void, Error> Outputs::Start(const std::vector<OutputFeed>& outputs, Backend& backend,
                                         Options options) {
  auto impl = std::make_unique<Impl>(std::move(options));
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    const OutputFeed& feed = outputs[i];
    const auto fail = [&](const std::string& what) {
      Error error;
      error.field = "output[" + std::to_string(i) + "]";
      error.what = what;
      return tl::unexpected<Error>(std::move(error));
    };
    if (!feed.mqtt.broker.empty()) {
      auto link = MqttOptionsOf(feed.mqtt, feed.tls, impl->options.site_path);
      if (!link) return fail(link.error().Text());
      impl->outputs.push_back(std::make_shared<MqttOutput>(impl->io, feed, std::move(*link),
                                                           backend, impl->options.log));
      continue;
    }
    const auto address = ParseListenAddress(feed.tcp.empty() ? feed.udp : feed.tcp);
    if (!address) return fail(address.error().Text());
    if (!feed.tcp.empty()) {
      auto tls = MakeTls(feed.tls, TlsRole::kClient, address->host, impl->options.site_path);
      if (!tls) return fail(tls.error().Text());
      if (feed.format == "sapient") {
        impl->higher_nodes.push_back(
            std::make_shared<SapientOutput>(impl->io, feed, *address, std::move(*tls), backend,
                                            impl->options.version, impl->options.log));
        continue;
      }
      impl->outputs.push_back(std::make_shared<TcpOutput>(impl->io, feed, *address, std::move(*tls),
                                                          backend, impl->options.log));
      continue;
    }
    error_code ec;
    const auto ip = asio::ip::make_address(address->host, ec);
    if (ec) return fail("'" + address->host + "' is not an address to send datagrams to");
    const std::string& card = feed.multicast.interface;
    const auto interface =
        card.empty() ? asio::ip::address_v4() : asio::ip::make_address_v4(card, ec);
    if (ec) return fail("'" + card + "' is not the address of a network card");
    impl->outputs.push_back(std::make_shared<UdpOutput>(
        impl->io, feed, udp::endpoint(ip, address->port), interface, backend, impl->options.log));
  }
  impl_ = std::move(impl);
  if (impl_->outputs.empty() && impl_->higher_nodes.empty()) return {};
  for (const auto& output : impl_->outputs) {
    asio::post(impl_->io, [output] { output->Start(); });
  }
  for (const auto& output : impl_->higher_nodes) {
    asio::post(impl_->io, [output] { output->Start(); });
  }
  impl_->thread = std::thread([io = &impl_->io] { io->run(); });
  return {};
}

std::vector<FeedHealth> Outputs::Health() const {
  std::vector<FeedHealth> all;
  if (!impl_) return all;
  for (const auto& output : impl_->outputs) all.push_back(output->Health());
  for (const auto& output : impl_->higher_nodes) all.push_back(output->Health());
  return all;
}

void Outputs::Stop() {
  if (impl_) impl_->Stop();
}

}  // namespace picket
