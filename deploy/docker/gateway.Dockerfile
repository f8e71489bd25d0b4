# The gateway with the built phone pages in it. Built from the project's root:
#   docker build -f deploy/docker/gateway.Dockerfile .
FROM node:20-bookworm-slim AS pages
WORKDIR /build
COPY gateway/h5/package.json gateway/h5/package-lock.json ./
RUN npm ci --omit=dev --no-audit --no-fund
COPY gateway/h5 ./
RUN npm run build

FROM python:3.11-slim-bookworm AS packages
WORKDIR /build
COPY requirements.lock ./
RUN python -m venv /opt/venv \
    && /opt/venv/bin/pip install --no-cache-dir --require-hashes --no-deps -r requirements.lock

FROM python:3.11-slim-bookworm
ENV PATH=/opt/venv/bin:$PATH PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1
# The receipts' font. Bookworm keeps one version of it, and old ones leave the archive: a pinned one would stop building.
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install -y --no-install-recommends fonts-noto-cjk \
    && rm -rf /var/lib/apt/lists/*
# The number is the services' (service.Dockerfile): both write into one object store.
RUN useradd --uid 10001 --no-create-home --shell /usr/sbin/nologin county \
    && install -d -o 10001 -g 10001 -m 0700 /var/lib/county/blobs
COPY --from=packages /opt/venv /opt/venv
WORKDIR /app
COPY services/__init__.py services/__init__.py
COPY services/contracts services/contracts
COPY services/chassis services/chassis
COPY gateway gateway
# The pages' sources came with the folder above; only what was built from them is served.
RUN rm -rf gateway/h5
COPY --from=pages /build/dist gateway/h5/dist
USER 10001:10001
