// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include "simulation/world/clients/pkcs11_application.h"

#include <array>
#include <set>

#include "api/pkcs11/error_to_ckr.h"
#include "api/pkcs11/module/module_environment.h"
#include "simulation/world/checkers/linearizability.h"
#include "simulation/world/checkers/signature_judge.h"
#include "simulation/world/observed_transport.h"
#include "simulation/world/observed_turn.h"

namespace cardmux::simulation {
namespace {

/// Beyond it a call has no end in sight: the limit of no progress (60 s), once for reading the card
/// and once for using it, and a process that was stopped (20 s) in between.
constexpr Duration longest_call = std::chrono::seconds(150);

Ending ending_of(CK_RV code) {
    switch (code) {
        case CKR_OK:
            return Ending::Done;
        case CKR_USER_ALREADY_LOGGED_IN:
            return Ending::AlreadySo;
        case CKR_USER_NOT_LOGGED_IN:
            return Ending::NotLoggedIn;
        case CKR_PIN_INCORRECT:
        case CKR_PIN_LOCKED:
            return Ending::Refused;
        default:
            return Ending::Unknown;
    }
}

std::uint8_t id_of(std::uint8_t key) {
    return key == 0x9C ? 2 : 1;
}

}  // namespace

const char* name_of_code(CK_RV code) {
    return code == CKR_OK ? "ok" : pkcs11::name_of_ckr(code) + 4;
}

ModuleSurroundings& module_surroundings() {
    static ModuleSurroundings surroundings;
    return surroundings;
}

Pkcs11Application::Pkcs11Application(World& world, Nature* nature, ApplicationHabits habits)
    : world_(world),
      habits_(habits),
      history_(world.readers().size()),
      served_(world, habits.is_alone && world.plan().kinds().empty()) {
    module_surroundings() = {&world, nature};
}

CK_SLOT_ID Pkcs11Application::slot_of(const WorldReader& reader) const {
    for (CK_SLOT_ID slot = 0; slot < world_.readers().size(); ++slot) {
        CK_SLOT_INFO info{};
        if (C_GetSlotInfo(slot, &info) != CKR_OK) continue;
        const std::string description(std::begin(info.slotDescription),
                                      std::end(info.slotDescription));
        if (description.rfind(reader.name, 0) == 0) return slot;
    }
    return world_.readers().size();
}

void Pkcs11Application::initialize() {
    CK_C_INITIALIZE_ARGS arguments{};
    arguments.flags = CKF_OS_LOCKING_OK;
    call("C_Initialize", world_.readers().front(), [&] { return C_Initialize(&arguments); });
    CK_ULONG count = 0;
    call("C_GetSlotList", world_.readers().front(),
         [&] { return C_GetSlotList(CK_FALSE, nullptr, &count); });
}

void Pkcs11Application::finalize() {
    call("C_Finalize", world_.readers().front(), [] { return C_Finalize(nullptr); });
}

std::size_t Pkcs11Application::index_of(const WorldReader& reader) const {
    return static_cast<std::size_t>(&reader - world_.readers().data());
}

CK_RV Pkcs11Application::call(const char* function, const WorldReader& reader,
                              const std::function<CK_RV()>& body, std::optional<Action> action) {
    const TimePoint start = now();
    const std::uint64_t begun = world_.scheduler().steps();
    CK_RV code = body();
    if (world_.has(Canary::FalseError) && code == CKR_OK) code = CKR_GENERAL_ERROR;
    if (world_.has(Canary::Sleeper) && action == Action::Use) sleep_for(std::chrono::minutes(10));
    if (action) {
        const bool forgets = world_.has(Canary::ForgetsLogin) && action == Action::Use;
        history_.at(index_of(reader))
            .push_back({*action, forgets ? Ending::NotLoggedIn : ending_of(code), begun,
                        world_.scheduler().steps(),
                        std::string(function) + " " + name_of_code(code)});
    }
    ++world_.counts().operations;
    ++world_.counts().results[name_of_code(code)];
    if (code != CKR_OK) ++world_.counts().errors;
    world_.note(function, &reader, name_of_code(code));
    world_.expect(may_end_so(function, code), std::string("G1: ") + function + " ended with " +
                                                  name_of_code(code) + ", and nothing explains it");
    world_.expect(now() - start < longest_call,
                  std::string("G4: ") + function + " took " +
                      std::to_string(milliseconds(now() - start) / 1000) + " s");
    return code;
}

bool Pkcs11Application::may_end_so(const char* function, CK_RV code) const {
    const FaultSet& kinds = world_.plan().kinds();
    const std::string name = function;
    if (code == CKR_OK) return true;
    if (code == CKR_USER_ALREADY_LOGGED_IN) return name == "C_Login";
    if (habits_.finalizes &&
        (code == CKR_CRYPTOKI_NOT_INITIALIZED || code == CKR_CRYPTOKI_ALREADY_INITIALIZED ||
         code == CKR_SESSION_HANDLE_INVALID || code == CKR_KEY_HANDLE_INVALID))
        return true;
    if (habits_.shares_sessions &&
        (code == CKR_OPERATION_ACTIVE || code == CKR_OPERATION_NOT_INITIALIZED))
        return true;
    const bool loses_logins = habits_.logs_out || habits_.finalizes || !kinds.is_invisible();
    if (loses_logins && (code == CKR_USER_NOT_LOGGED_IN || code == CKR_KEY_HANDLE_INVALID ||
                         code == CKR_OBJECT_HANDLE_INVALID))
        return true;
    if (habits_.mistypes && code == CKR_PIN_INCORRECT) return name == "C_Login";
    if (kinds.is_invisible()) return false;
    // No service, no reader seen yet: no slot.
    const bool had_no_slot = kinds.has(Fault::ServiceDown) || kinds.has(Fault::Unplugged);
    if (had_no_slot && code == CKR_SLOT_ID_INVALID) return true;
    static const std::set<CK_RV> visible = {CKR_DEVICE_REMOVED,  CKR_TOKEN_NOT_PRESENT,
                                            CKR_DEVICE_ERROR,    CKR_TOKEN_NOT_RECOGNIZED,
                                            CKR_FUNCTION_FAILED, CKR_SESSION_HANDLE_INVALID,
                                            CKR_PIN_INCORRECT,   CKR_PIN_LOCKED};
    return visible.count(code) > 0;
}

CK_RV Pkcs11Application::open(const WorldReader& reader, CK_SESSION_HANDLE& session) {
    const CK_SLOT_ID slot = slot_of(reader);
    return call(
        "C_OpenSession", reader,
        [&] { return C_OpenSession(slot, CKF_SERIAL_SESSION, nullptr, nullptr, &session); },
        Action::Open);
}

CK_RV Pkcs11Application::close(const WorldReader& reader, CK_SESSION_HANDLE session) {
    return call(
        "C_CloseSession", reader, [&] { return C_CloseSession(session); }, Action::Close);
}

CK_RV Pkcs11Application::log_in(WorldReader& reader, CK_SESSION_HANDLE session,
                                const std::optional<std::string>& pin, CK_USER_TYPE user) {
    std::string given = pin.value_or(reader.pin);
    ++reader.explicit_logins;
    const bool is_for_all = user == CKU_USER;
    const CK_RV code = call(
        is_for_all ? "C_Login" : "C_Login (operation)", reader,
        [&] {
            return C_Login(session, user, reinterpret_cast<CK_BYTE*>(given.data()), given.size());
        },
        is_for_all ? std::optional(Action::LogIn) : std::nullopt);
    --reader.explicit_logins;
    // Wrong, or it may have become so while it was on its way.
    if (code == CKR_PIN_INCORRECT || given != reader.pin) ++reader.tries_allowed;
    return code;
}

CK_RV Pkcs11Application::log_out(const WorldReader& reader, CK_SESSION_HANDLE session) {
    return call(
        "C_Logout", reader, [&] { return C_Logout(session); }, Action::LogOut);
}

CK_RV Pkcs11Application::find_key(const WorldReader& reader, CK_SESSION_HANDLE session,
                                  std::uint8_t key, CK_OBJECT_HANDLE& found) {
    CK_OBJECT_CLASS object_class = CKO_PRIVATE_KEY;
    std::uint8_t id = id_of(key);
    std::array<CK_ATTRIBUTE, 2> wanted = {
        {{CKA_CLASS, &object_class, sizeof(object_class)}, {CKA_ID, &id, sizeof(id)}}};
    CK_ULONG count = 0;
    CK_RV code = call("C_FindObjectsInit", reader,
                      [&] { return C_FindObjectsInit(session, wanted.data(), wanted.size()); });
    if (code != CKR_OK) return code;
    code = call("C_FindObjects", reader, [&] { return C_FindObjects(session, &found, 1, &count); });
    call("C_FindObjectsFinal", reader, [&] { return C_FindObjectsFinal(session); });
    if (code != CKR_OK) return code;
    return count == 1 ? CKR_OK : CKR_USER_NOT_LOGGED_IN;  // private keys show after a login only
}

CK_RV Pkcs11Application::sign(WorldReader& reader, CK_SESSION_HANDLE session, std::uint8_t key) {
    CK_OBJECT_HANDLE handle = CK_INVALID_HANDLE;
    CK_RV code = find_key(reader, session, key, handle);
    if (code != CKR_OK) return code;
    CK_MECHANISM mechanism{CKM_ECDSA, nullptr, 0};
    code = call("C_SignInit", reader, [&] { return C_SignInit(session, &mechanism, handle); });
    if (code != CKR_OK) return code;
    if (key == 0x9C) {
        code = log_in(reader, session, std::nullopt, CKU_CONTEXT_SPECIFIC);
        if (code != CKR_OK) {
            call("C_SignInit (end)", reader,
                 [&] { return C_SignInit(session, nullptr, CK_INVALID_HANDLE); });
            return code;
        }
    }
    Bytes hash(32);
    world_.chance().fill(hash);
    Bytes signature(64);
    CK_ULONG size = signature.size();
    served_.begin(reader);
    code = call(
        "C_Sign", reader,
        [&] { return C_Sign(session, hash.data(), hash.size(), signature.data(), &size); },
        key == 0x9A ? std::optional(Action::Use) : std::nullopt);
    served_.end(reader);
    if (world_.has(Canary::FalseSignature)) signature.front() ^= 1;
    if (code == CKR_OK) judge(reader, key, hash, signature);
    return code;
}

/// Where slots get new tokens, or the module begins anew, sessions end in ways that the model does
/// not have.
void Pkcs11Application::expect_explainable() const {
    if (habits_.finalizes || world_.plan().kinds().has(Fault::Swapped)) return;
    for (const std::vector<Event>& events : history_) {
        const Explanation explanation = explain(events, world_.login_losses());
        world_.expect(explanation.is_found,
                      "linearizability: no order of calls explains" + explanation.stuck_at);
    }
}

void Pkcs11Application::judge(const WorldReader& reader, std::uint8_t key, ByteView hash,
                              ByteView signature) {
    const bool is_right = is_signature_of(*reader.home, key, hash, signature) ||
                          (world_.plan().kinds().has(Fault::Swapped) &&
                           is_signature_of(*reader.spare, key, hash, signature));
    world_.expect(is_right, "G7: a signature is wrong");
    ++world_.counts().signatures;
}

CK_RV Pkcs11Application::sign_patiently(WorldReader& reader, CK_SESSION_HANDLE session,
                                        std::uint8_t key) {
    CK_RV code = CKR_OK;
    for (int attempt = 0; attempt < 3; ++attempt) {
        code = sign(reader, session, key);
        if (code != CKR_USER_NOT_LOGGED_IN && code != CKR_KEY_HANDLE_INVALID) return code;
        const CK_RV logged_in = log_in(reader, session);
        if (logged_in != CKR_OK && logged_in != CKR_USER_ALREADY_LOGGED_IN) return logged_in;
    }
    return code;
}

}  // namespace cardmux::simulation

namespace cardmux::pkcs11 {

Result<provider::Environment> make_environment() {
    const simulation::ModuleSurroundings& around = simulation::module_surroundings();
    provider::Environment environment;
    environment.transport = simulation::make_observed_transport(*around.world, around.nature,
                                                                simulation::pkcs11_process);
    environment.open_turn = simulation::observed_turns(*around.world, simulation::pkcs11_process);
    return environment;
}

}  // namespace cardmux::pkcs11
