// SPDX-License-Identifier: Apache-2.0
#include "picket/codec/sapient_node.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "picket/base/random.h"
#include "sapient_framer.h"
#include "sapient_report.h"
#include "sapient_wire.h"

namespace picket::sapient {
namespace {

/// Nodes that act on what others see. picket has nothing to say to them.
bool IsEffector(wire::Registration::NodeType type) {
  switch (type) {
    case wire::Registration::NODE_TYPE_KINETIC:
    case wire::Registration::NODE_TYPE_JAMMER:
    case wire::Registration::NODE_TYPE_LDEW:
    case wire::Registration::NODE_TYPE_RFDEW:
      return true;
    default:
      return false;
  }
}

std::vector<std::string> Reasons(const Errors& errors) {
  std::vector<std::string> reasons;
  for (const Error& error : errors) {
    if (reasons.size() >= static_cast<std::size_t>(kMostReasons)) break;
    reasons.push_back(error.Text());
  }
  return reasons;
}

}  // namespace

std::string NodeIdOf(std::string_view name) {
  Random random(335, name);
  std::string id;
  for (int i = 0; i < 2; ++i) id += fmt::format("{:016x}", random.Bits());
  // The version and the variant of RFC 4122, 4.4.
  id[12] = '4';
  id[16] = "89ab"[random.Bits() & 3U];
  for (const std::size_t at : {8U, 13U, 18U, 23U}) id.insert(at, "-");
  return id;
}

class FusionNode::Impl {
 public:
  Impl(std::string id, Options given) : node_id(std::move(id)), options(std::move(given)) {}

  void OnFrame(const Framer::Frame& frame, Time now, const Sink& sink) {
    const std::span<const std::uint8_t> bytes(
        reinterpret_cast<const std::uint8_t*>(frame.bytes.data()), frame.bytes.size());
    const auto parsed = parser.Parse(frame.bytes, false);
    if (!parsed) return Refuse({parsed.error()}, frame, nullptr, now, sink);
    const wire::SapientMessage& message = *parsed->message;
    speaks_first = parsed->first();
    Errors violations = Violations(*parsed);
    if (violations.empty()) violations = OutOfPlace(message, now);
    if (!violations.empty()) return Refuse(violations, frame, &message, now, sink);

    ++counts.messages;
    peer.ahead = *TimeOf(message.timestamp()) - now;
    if (sink.decode.on_message) {
      DecodedMessage decoded;
      decoded.byte = frame.byte;
      decoded.raw = bytes;
      if (options.decode.want_json) decoded.json = Json(*parsed);
      sink.decode.on_message(decoded);
    }
    Answer(message, now, sink);
    if (message.has_detection_report() && !look_since) look_since = now;
    maker.Take(message, EmitTo(sink), EmitChangeTo(sink),
               [&](const Error& error) { Tell(error, sink); });
    if (sink.heard) sink.heard(maker.SensorOf(message.node_id()));
  }

  /// What is wrong with a sound message at this point of the conversation.
  [[nodiscard]] Errors OutOfPlace(const wire::SapientMessage& message, Time now) const {
    const auto fail = [](std::string field, std::string what) {
      Error error;
      error.field = std::move(field);
      error.what = std::move(what);
      return Errors{error};
    };
    if (!message.has_registration() && peer.node.empty()) {
      return fail("", "no registration came before this message, expected one first");
    }
    if (!peer.node.empty() && message.node_id() != peer.node) {
      return fail("node_id",
                  fmt::format("is not {}, which registered on this connection", peer.node));
    }
    const Duration offset = *TimeOf(message.timestamp()) - now;
    if (offset > kLargestOffset || Duration::Ns(0) - offset > kLargestOffset) {
      return fail(
          "timestamp",
          fmt::format("is {:.1f} s {} our clock, expected at most {:.0f} s", std::abs(offset.s()),
                      offset.ns() > 0 ? "ahead of" : "behind", kLargestOffset.s()));
    }
    if (message.has_registration()) {
      for (const auto& definition : message.registration().node_definition()) {
        if (IsEffector(definition.node_type())) {
          return fail("registration.node_definition",
                      fmt::format("is {}: picket watches and warns, and takes sensors only",
                                  wire::Registration::NodeType_Name(definition.node_type())));
        }
      }
    }
    if (message.has_status_report() && !status_new &&
        message.status_report().info() == wire::StatusReport::INFO_UNCHANGED) {
      return fail("status_report.info", "is INFO_UNCHANGED, expected INFO_NEW first");
    }
    return {};
  }

  void Answer(const wire::SapientMessage& message, Time now, const Sink& sink) {
    if (message.has_registration()) {
      const wire::Registration& registration = message.registration();
      peer.node = message.node_id();
      peer.name = Shown(registration.name());
      peer.type = wire::Registration::NodeType_Name(registration.node_definition(0).node_type());
      status_new = false;
      wire::SapientMessage reply;
      reply.mutable_registration_ack()->set_acceptance(true);
      Send(std::move(reply), now, sink);
      Note(fmt::format("registered: {} \"{}\", {}{}{}", peer.type, peer.name, peer.node,
                       speaks_first ? ", version 1" : "",
                       Known() ? "" : ", which the site file does not name"),
           sink);
    } else if (message.has_status_report()) {
      const wire::StatusReport& status = message.status_report();
      status_new = true;
      peer.mode = Shown(status.mode());
      const std::string& system = wire::StatusReport::System_Name(status.system());
      if (system != peer.system) {
        peer.system = system;
        Note(fmt::format("{} is {}", peer.node, system), sink);
      }
    } else if (message.has_alert()) {
      wire::SapientMessage reply;
      reply.mutable_alert_ack()->set_alert_id(message.alert().alert_id());
      reply.mutable_alert_ack()->set_alert_ack_status(wire::AlertAck::ALERT_ACK_STATUS_ACCEPTED);
      Send(std::move(reply), now, sink);
      Note(fmt::format("alert of {}: {}", peer.node, Shown(message.alert().description())), sink);
    } else if (message.has_task()) {
      wire::SapientMessage reply;
      reply.mutable_task_ack()->set_task_id(message.task().task_id());
      reply.mutable_task_ack()->set_task_status(wire::TaskAck::TASK_STATUS_REJECTED);
      reply.mutable_task_ack()->add_reason("picket watches and warns, and takes no tasks");
      Send(std::move(reply), now, sink);
      Note(fmt::format("task of {} refused", peer.node), sink);
    } else if (message.has_error()) {
      for (const std::string& reason : message.error().error_message()) {
        Note(fmt::format("error of {}: {}", peer.node, Shown(reason)), sink);
      }
    }
  }

  /// @param message  what could be parsed of it; null: nothing
  void Refuse(const Errors& errors, const Framer::Frame& frame, const wire::SapientMessage* message,
              Time now, const Sink& sink) {
    ++counts.refused;
    Error first = errors.front();
    first.byte = frame.byte;
    if (errors.size() > 1) {
      first.what += fmt::format(", and {} more violations", errors.size() - 1);
    }
    Tell(first, sink);
    if (message != nullptr && message->has_error()) return;
    wire::SapientMessage reply;
    if (message != nullptr && message->has_registration()) {
      reply.mutable_registration_ack()->set_acceptance(false);
      for (std::string& reason : Reasons(errors)) {
        reply.mutable_registration_ack()->add_ack_response_reason(std::move(reason));
      }
      Note(fmt::format("registration refused: {}", Shown(first.Text())), sink);
    } else {
      reply.mutable_error()->set_packet(Returned(frame.bytes));
      for (std::string& reason : Reasons(errors)) {
        reply.mutable_error()->add_error_message(std::move(reason));
      }
    }
    if (peer.node.empty() && message != nullptr && IsUuid(message->node_id())) {
      reply.set_destination_id(message->node_id());
    }
    Send(std::move(reply), now, sink);
  }

  void Send(wire::SapientMessage message, Time now, const Sink& sink) {
    SetTime(now, *message.mutable_timestamp());
    message.set_node_id(node_id);
    if (!peer.node.empty()) message.set_destination_id(peer.node);
    if (sink.send) sink.send(speaks_first ? FramedFirst(message) : Framed(message));
  }

  [[nodiscard]] bool Known() const {
    return std::any_of(options.sensors.begin(), options.sensors.end(),
                       [&](const NodeSensor& sensor) { return sensor.node == peer.node; });
  }

  static void Note(const std::string& line, const Sink& sink) {
    if (sink.note) sink.note(line);
  }
  static void Tell(const Error& error, const Sink& sink) {
    if (sink.decode.on_error) sink.decode.on_error(error);
  }
  [[nodiscard]] static ReportMaker::Emit EmitTo(const Sink& sink) {
    return [&sink](Report&& report) {
      if (!sink.decode.on_message) return;
      DecodedMessage decoded;
      decoded.report = std::move(report);
      sink.decode.on_message(decoded);
    };
  }
  [[nodiscard]] static ReportMaker::EmitChange EmitChangeTo(const Sink& sink) {
    return [&sink](SensorChange&& change) {
      if (!sink.decode.on_message) return;
      DecodedMessage decoded;
      decoded.change = std::make_shared<const SensorChange>(std::move(change));
      sink.decode.on_message(decoded);
    };
  }
  void Flush(const Sink& sink) {
    look_since.reset();
    maker.Flush(EmitTo(sink));
  }

  const std::string node_id;
  const Options options;
  Counts counts;
  Framer framer{false};
  MessageParser parser;
  bool speaks_first = false;  ///< the other side speaks version 1, by its last message
  ReportMaker maker{options, counts};
  Peer peer;
  bool status_new = false;         ///< a status with info NEW has come
  std::optional<Time> look_since;  ///< a look is being gathered since
};

FusionNode::FusionNode(std::string node_id, Options options)
    : impl_(std::make_unique<Impl>(std::move(node_id), std::move(options))) {}
FusionNode::~FusionNode() = default;

void FusionNode::Feed(std::span<const std::uint8_t> bytes, Time now, const Sink& sink) {
  impl_->framer.Feed(
      bytes, [&](const Framer::Frame& frame) { impl_->OnFrame(frame, now, sink); },
      [&](const Error& error) { Impl::Tell(error, sink); });
}

void FusionNode::Tick(Time now, const Sink& sink) {
  if (impl_->look_since && now - *impl_->look_since >= kLookWait) impl_->Flush(sink);
}

void FusionNode::Finish(Time now, const Sink& sink) {
  impl_->Flush(sink);
  impl_->maker.Gone(impl_->peer.node, now, Impl::EmitChangeTo(sink));
}

bool FusionNode::broken() const { return impl_->framer.lost(); }
const Peer& FusionNode::peer() const { return impl_->peer; }
const Counts& FusionNode::counts() const { return impl_->counts; }

}  // namespace picket::sapient
