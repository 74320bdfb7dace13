"""Loading web configuration files: valid files, and every error with its line."""

import os
from pathlib import Path

import pytest
import trustme
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
    load_pem_private_key,
)

from exporter.cli.main import main
from exporter.errors import ConfigError
from exporter.web.webconfig import load_web_config
from tests.support.web_secured import Authority, hashed

HASH = hashed()
TLS = "tls_server_config:\n  cert_file: server.pem\n  key_file: server.key"

VALID = [
    "",
    "# nothing yet\n",
    "tls_server_config:",
    "tls_server_config: {}\nhttp_server_config:\nbasic_auth_users:\nrate_limit:",
    TLS,
    f"{TLS}\n  client_auth_type: NoClientCert",
    f"{TLS}\n  client_auth_type: VerifyClientCertIfGiven\n  client_ca_file: ca.pem",
    f"{TLS}\n  client_auth_type: RequireAndVerifyClientCert\n  client_ca_file: ca.pem\n  client_allowed_sans: [a, b]",
    f"{TLS}\n  min_version: TLS12\n  max_version: TLS12",
    f"{TLS}\n  min_version: TLS13",
    f"{TLS}\n  min_version:\n  client_ca_file:",
    f"{TLS}\n  cipher_suites: [TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256, TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA]",
    f"{TLS}\n  cipher_suites: []\n  prefer_server_cipher_suites: false",
    *(f"{TLS}\n  curve_preferences: [{curve}]" for curve in ("CurveP256", "CurveP384", "CurveP521", "X25519")),
    f"{TLS}\nhttp_server_config: {{http2: false}}",
    "http_server_config: {headers: {X-Frame-Options: deny, X-Content-Type-Options: nosniff, X-XSS-Protection: 1}}",
    "http_server_config: {headers: {X-Frame-Options: sameorigin, Strict-Transport-Security: max-age=31536000}}",
    "http_server_config: {headers: {X-Frame-Options: '', Content-Security-Policy: \"default-src 'self' *.x.net\"}}",
    f"basic_auth_users: {{alice: {HASH}, böb: {HASH.replace('$2b$', '$2y$')}}}",
    "rate_limit: {interval: 0, burst: 0}",
    "rate_limit: {interval: 100ms, burst: 20}",
]

# Each file with the expected errors, without the file name.
INVALID = [
    # Structure
    ("junk", ["1: expected a mapping with top-level keys such as tls_server_config"]),
    ("tls_server_config: x", ["1: tls_server_config: expected a mapping"]),
    ("tls_config: {}", ["1: tls_config: unknown key; did you mean tls_server_config?"]),
    (f"{TLS}\n  cert_filse: x", ["4: tls_server_config.cert_filse: unknown key; did you mean cert_file?"]),
    ("http_server_config: {http3: true}", ["1: http_server_config.http3: unknown key; did you mean http2?"]),
    ("rate_limit: {bursts: 1}", ["1: rate_limit.bursts: unknown key; did you mean burst?"]),
    (f"{TLS}\n{TLS}", ["4: tls_server_config: duplicate key, first defined on line 1"]),
    # Certificate and key
    (
        "tls_server_config: {min_version: TLS13}",
        [
            "1: tls_server_config.cert: missing; set cert or cert_file",
            "1: tls_server_config.key: missing; set key or key_file",
        ],
    ),
    (
        "tls_server_config: {cert_file: '', key_file: ''}",
        [
            "1: tls_server_config.cert_file: must not be empty",
            "1: tls_server_config.key_file: must not be empty",
        ],
    ),
    (
        "tls_server_config: {cert: '', key: ''}",
        ["1: tls_server_config.cert: must not be empty", "1: tls_server_config.key: must not be empty"],
    ),
    (
        "tls_server_config: {cert_file: server.pem}",
        ["1: tls_server_config.key: missing; set key or key_file"],
    ),
    (
        "tls_server_config: {cert_file: absent, key_file: server.key}",
        ["1: tls_server_config.cert_file: cannot read {here}/absent: No such file or directory"],
    ),
    (f"{TLS}\n  cert: x", ["2: tls_server_config.cert_file: conflicts with cert; set only one of them"]),
    (
        "tls_server_config: {cert_file: server.pem, key_file: other.key}",
        ["1: tls_server_config.key_file: private key does not match the certificate"],
    ),
    (
        "tls_server_config: {cert_file: server.key, key_file: server.key}",
        ["1: tls_server_config.cert_file: not a PEM certificate with an unencrypted PEM private key"],
    ),
    (
        "tls_server_config: {cert: s3cret-canary, key: s3cret-canary}",
        ["1: tls_server_config.cert: not a PEM certificate with an unencrypted PEM private key"],
    ),
    # Client certificates
    (
        f"{TLS}\n  client_auth_type: RequireAndVerify",
        [
            (
                "4: tls_server_config.client_auth_type: expected NoClientCert, RequestClientCert, RequireClientCert, "
                "RequireAnyClientCert, VerifyClientCertIfGiven or RequireAndVerifyClientCert; "
                "did you mean RequireAndVerifyClientCert?"
            )
        ],
    ),
    *(
        (
            f"{TLS}\n  client_auth_type: {policy}",
            [
                (
                    f"4: tls_server_config.client_auth_type: {policy} is not supported: Python requests client "
                    "certificates only to verify them; use VerifyClientCertIfGiven or RequireAndVerifyClientCert"
                )
            ],
        )
        for policy in ("RequestClientCert", "RequireClientCert", "RequireAnyClientCert")
    ),
    (
        f"{TLS}\n  client_auth_type: RequireAndVerifyClientCert",
        [("4: tls_server_config.client_auth_type: requires client_ca or client_ca_file to verify client certificates")],
    ),
    (
        f"{TLS}\n  client_ca_file: ca.pem",
        [
            (
                "1: tls_server_config.client_auth_type: missing; client_ca requires VerifyClientCertIfGiven or "
                "RequireAndVerifyClientCert"
            )
        ],
    ),
    (
        f"{TLS}\n  client_auth_type: VerifyClientCertIfGiven\n  client_ca_file: /dev/null",
        ["5: tls_server_config.client_ca_file: not a PEM certificate"],
    ),
    (
        f"{TLS}\n  client_auth_type: VerifyClientCertIfGiven\n  client_ca_file: server.pem",
        ["5: tls_server_config.client_ca_file: contains no CA certificate"],
    ),
    (
        f"{TLS}\n  client_auth_type: VerifyClientCertIfGiven\n  client_ca_file: ca.pem\n  client_allowed_sans: [a]",
        [
            (
                "6: tls_server_config.client_allowed_sans: requires client_auth_type RequireAndVerifyClientCert; "
                "else clients need no certificate"
            )
        ],
    ),
    (f"{TLS}\n  client_allowed_sans: []", ["4: tls_server_config.client_allowed_sans: must not be empty"]),
    (
        f"{TLS}\n  client_auth_type: VerifyClientCertIfGiven\n  client_ca: é",
        ["5: tls_server_config.client_ca: not a PEM certificate"],
    ),
    # Versions, suites, curves
    (
        f"{TLS}\n  min_version: TLS111",
        ["4: tls_server_config.min_version: expected TLS10, TLS11, TLS12 or TLS13; did you mean TLS11?"],
    ),
    (
        f"{TLS}\n  min_version: TLS10\n  max_version: TLS11",
        [
            "4: tls_server_config.min_version: TLS10 is not supported because it is insecure; use TLS12 or TLS13",
            "5: tls_server_config.max_version: TLS11 is not supported because it is insecure; use TLS12 or TLS13",
        ],
    ),
    (
        f"{TLS}\n  min_version: TLS13\n  max_version: TLS12",
        ["1: tls_server_config: min_version is greater than max_version"],
    ),
    (
        f"{TLS}\n  cipher_suites:\n  - TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA2048",
        [
            (
                "5: tls_server_config.cipher_suites[0]: unknown or insecure cipher suite; "
                "did you mean TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256?"
            )
        ],
    ),
    (
        f"{TLS}\n  cipher_suites: [TLS_AES_128_GCM_SHA256]",
        [
            (
                "4: tls_server_config.cipher_suites[0]: not supported: TLS 1.3 cipher suites cannot be configured and "
                "are always enabled; remove it"
            )
        ],
    ),
    (
        f"{TLS}\n  curve_preferences: [CurveP257]",
        [
            (
                "4: tls_server_config.curve_preferences[0]: unknown curve; did you mean CurveP256? "
                "(known: CurveP256, CurveP384, CurveP521, X25519)"
            )
        ],
    ),
    (
        f"{TLS}\n  curve_preferences: [CurveP256, X25519]",
        [
            (
                "4: tls_server_config.curve_preferences: not supported: Python allows either one curve or all; "
                "list one, or remove the key"
            )
        ],
    ),
    # HTTP
    (
        "http_server_config: {http2: true}",
        ["1: http_server_config.http2: HTTP/2 is not supported; remove the key or set it to false"],
    ),
    (
        "http_server_config: {headers: {Content-Type: foo}}",
        ["1: http_server_config.headers.Content-Type: unsupported header; did you mean X-Content-Type-Options?"],
    ),
    (
        "http_server_config:\n  headers:\n    X-Frame-Options: foo\n    X-Content-Type-Options: sniff",
        [
            "3: http_server_config.headers.X-Frame-Options: expected deny or sameorigin",
            "4: http_server_config.headers.X-Content-Type-Options: expected nosniff",
        ],
    ),
    (
        'http_server_config: {headers: {X-XSS-Protection: "1\\r\\nSet-Cookie: a=b"}}',
        ["1: http_server_config.headers.X-XSS-Protection: must be a single line of ASCII characters"],
    ),
    # Users
    ("basic_auth_users: [alice]", ["1: basic_auth_users: expected a mapping, not a list"]),
    (
        "basic_auth_users:\n  alice: s3cret-canary\n  bob:",
        [
            "2: basic_auth_users.alice: not a bcrypt hash; create one with htpasswd -nBC 10 USER",
            "3: basic_auth_users.bob: expected a string",
        ],
    ),
    *(
        (
            f"basic_auth_users: {{alice: {wrong}}}",
            ["1: basic_auth_users.alice: not a bcrypt hash; create one with htpasswd -nBC 10 USER"],
        )
        for wrong in (HASH[:-1], HASH + "x", HASH.replace("$04$", "$03$"), HASH.replace("$04$", "$32$"))
    ),
    (
        f"basic_auth_users: {{alice: {HASH[:28]}9{HASH[29:]}}}",
        ["1: basic_auth_users.alice: bcrypt hash with an invalid salt"],
    ),
    (f'basic_auth_users: {{"a:b": {HASH}}}', ['1: basic_auth_users."a:b": user name must not contain a colon']),
    # Rate limit
    (
        "rate_limit: {interval: 1s}",
        ["1: rate_limit.burst: must be at least 1; otherwise all requests would be rejected"],
    ),
    (
        "rate_limit: {interval: 1, burst: -1}",
        [
            "1: rate_limit.interval: invalid duration: use a number and a unit, such as 15s",
            "1: rate_limit.burst: must be at least 0",
        ],
    ),
]


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    directory = tmp_path_factory.mktemp("web")
    authority = Authority(directory)
    trustme.CA().issue_cert("127.0.0.1").private_key_pem.write_to_path(directory / "other.key")
    return authority


@pytest.mark.parametrize("text", VALID)
def test_a_valid_file_is_loaded(authority: Authority, text: str) -> None:
    loaded = load_web_config(authority.write(text))
    assert (loaded.tls is not None) == text.startswith(TLS)


@pytest.mark.parametrize(("text", "problems"), INVALID)
def test_an_invalid_file_is_reported_with_every_error_and_its_line(
    authority: Authority, text: str, problems: list[str]
) -> None:
    file = authority.write(text)
    with pytest.raises(ConfigError) as caught:
        load_web_config(file)
    found = [str(problem).removeprefix(f"{file}:") for problem in caught.value.problems]
    assert found == [problem.replace("{here}", str(authority.directory)) for problem in problems]
    assert "canary" not in str(caught.value)


def test_certificate_key_and_ca_may_be_inline(authority: Authority) -> None:
    def block(key: str, name: str) -> str:
        lines = (authority.directory / name).read_text().splitlines()
        return f"  {key}: |\n" + "".join(f"    {line}\n" for line in lines)

    text = "tls_server_config:\n  client_auth_type: RequireAndVerifyClientCert\n"
    text += block("cert", "server.pem") + block("key", "server.key") + block("client_ca", "ca.pem")
    loaded = load_web_config(authority.write(text))
    assert loaded.tls is not None
    assert loaded.config.files == ()
    assert "PRIVATE KEY" not in repr(loaded.config)


def test_an_inline_key_is_rejected_without_in_memory_files(
    authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr(os, "memfd_create")
    with pytest.raises(ConfigError, match="key: not supported on this system"):
        load_web_config(authority.write("tls_server_config: {cert_file: server.pem, key: x}"))


def test_check_validates_a_web_configuration_file_given_by_flag_or_configuration(
    authority: Authority, capsys: pytest.CaptureFixture[str]
) -> None:
    file = authority.write(TLS)
    config = authority.directory / "contactcenter.yml"
    keys = "name: a, vendor: kpn, url: 'https://x', token_url: 'https://x', client_id: c, client_secret: s"
    config.write_text(f"web: {{config: {{file: {file}}}}}\ntargets: [{{{keys}}}]")

    assert main(["check", f"--web.config.file={file}"]) == 0
    assert capsys.readouterr().out == f"{file}: no errors\n"
    assert main(["check", str(config)]) == 0
    assert capsys.readouterr().out == f"{file}: no errors\n{config}: 1 targets, no errors\n"
    authority.write("rate_limit: {bursts: 1}")
    assert main(["check", str(config)]) == 1
    assert capsys.readouterr().err == f"{file}:1: rate_limit.bursts: unknown key; did you mean burst?\n"


def test_an_encrypted_key_is_rejected_without_a_prompt(authority: Authority) -> None:
    key = load_pem_private_key((authority.directory / "server.key").read_bytes(), None)
    encrypted = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"x"))
    (authority.directory / "encrypted.key").write_bytes(encrypted)
    with pytest.raises(ConfigError, match="not a PEM certificate with an unencrypted PEM private key"):
        load_web_config(authority.write("tls_server_config: {cert_file: server.pem, key_file: encrypted.key}"))


def test_an_unreadable_file_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"absent\.yml: cannot be read: No such file or directory"):
        load_web_config(tmp_path / "absent.yml")


def test_relative_files_are_relative_to_the_web_configuration_file(
    authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir("/")
    assert load_web_config(authority.write(TLS)).config.files == (
        authority.directory / "server.pem",
        authority.directory / "server.key",
    )
