# One image for each service; compose says which process of it runs. Built from the project's root:
#   docker build -f deploy/docker/service.Dockerfile --build-arg SERVICE=dues .
FROM python:3.11-slim-bookworm AS packages
WORKDIR /build
COPY requirements.lock ./
RUN python -m venv /opt/venv \
    && /opt/venv/bin/pip install --no-cache-dir --require-hashes --no-deps -r requirements.lock

FROM python:3.11-slim-bookworm
# Python's bytecode would be written to a root that is read-only.
ENV PATH=/opt/venv/bin:$PATH PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1
# A new volume takes its owner from the folder that it covers, so the folders stand here. The gateway has the same number:
# files of the object store are readable by their owner only.
RUN useradd --uid 10001 --no-create-home --shell /usr/sbin/nologin county \
    && install -d -o 10001 -g 10001 -m 0700 /var/lib/county/blobs /var/lib/county/accounts
COPY --from=packages /opt/venv /opt/venv
WORKDIR /app
COPY services/__init__.py services/__init__.py
COPY services/contracts services/contracts
COPY services/chassis services/chassis
ARG SERVICE
COPY services/${SERVICE} services/${SERVICE}
USER 10001:10001
