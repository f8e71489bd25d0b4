# What a demonstration adds: the WeChat simulator, and the generated county. Never part of a real installation.
#   docker build -f deploy/docker/simulator.Dockerfile .
FROM python:3.11-slim-bookworm AS packages
WORKDIR /build
COPY requirements.lock ./
RUN python -m venv /opt/venv \
    && /opt/venv/bin/pip install --no-cache-dir --require-hashes --no-deps -r requirements.lock

FROM python:3.11-slim-bookworm
ENV PATH=/opt/venv/bin:$PATH PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1
# The number is the services' (service.Dockerfile): the accounts' file is shared with bootstrap.
RUN useradd --uid 10001 --no-create-home --shell /usr/sbin/nologin county \
    && install -d -o 10001 -g 10001 -m 0700 /var/lib/county/simulator /var/lib/county/accounts
COPY --from=packages /opt/venv /opt/venv
WORKDIR /app
# The generator borrows the members' own words: kinds of organisations, the roster's form, the identity number's check.
COPY services/__init__.py services/__init__.py
COPY services/contracts services/contracts
COPY services/chassis services/chassis
COPY services/members services/members
COPY deploy/__init__.py deploy/__init__.py
COPY deploy/wechat_simulator deploy/wechat_simulator
COPY deploy/demo deploy/demo
USER 10001:10001
