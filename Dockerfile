# The base is pinned by the digest of its multi-platform index; Dependabot updates it.

# --- Build stage, so that the image contains no package manager of Python.
FROM python:3.13-slim-trixie@sha256:bb2988715db2cf7ace7b53f38f3cffbef7c7046a656bee66245eb0ed386e2e81 AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 \
    PIP_NO_CACHE_DIR=1
WORKDIR /src
RUN python -m venv --without-pip /opt/venv && python -m venv --without-pip /opt/build
# Ordered by rate of change: an edit of the exporter does not download its dependencies again.
COPY requirements.lock requirements-build.lock ./
RUN python -m pip --python=/opt/venv/bin/python install --require-hashes --only-binary=:all: --compile \
        --requirement=requirements.lock \
    && python -m pip --python=/opt/build/bin/python install --require-hashes --only-binary=:all: --no-compile \
        --requirement=requirements-build.lock
COPY pyproject.toml README.md LICENSE ./
COPY exporter exporter
RUN python -m pip --python=/opt/build/bin/python wheel --no-deps --no-build-isolation --wheel-dir=/opt/dist . \
    && python -m pip --python=/opt/venv/bin/python install --no-deps --no-index --compile /opt/dist/*.whl

FROM python:3.13-slim-trixie@sha256:bb2988715db2cf7ace7b53f38f3cffbef7c7046a656bee66245eb0ed386e2e81
ARG VERSION=""
ARG REVISION=""
ARG CREATED=""
LABEL org.opencontainers.image.title="contactcenter-exporter" \
      org.opencontainers.image.description="Prometheus exporter for contact centres" \
      org.opencontainers.image.url="https://github.com/contactcenter-exporter/contactcenter-exporter" \
      org.opencontainers.image.source="https://github.com/contactcenter-exporter/contactcenter-exporter" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}" \
      org.opencontainers.image.created="${CREATED}"
COPY --from=build /opt/venv /opt/venv
# By default glibc raises both thresholds after the first large free, and from then on keeps freed responses and rendered
# pages in its heap. Fixed thresholds return that memory to the system.
ENV MALLOC_MMAP_THRESHOLD_=131072 \
    MALLOC_TRIM_THRESHOLD_=131072 \
    PATH=/opt/venv/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1
# Numeric, so that Kubernetes can verify runAsNonRoot.
USER 65532:65532
WORKDIR /
EXPOSE 10117
# With TLS or authentication, override this with the URL and credentials: see contactcenter-exporter-probe --help.
HEALTHCHECK --interval=15s --timeout=6s --start-period=10s --retries=4 CMD ["contactcenter-exporter-probe"]
ENTRYPOINT ["contactcenter-exporter"]
