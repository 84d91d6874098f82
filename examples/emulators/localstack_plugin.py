"""LocalStack: a provider of CloudWatch Logs that evaluates queries with flowlocal (localstack-core 2026.3).

Enter it in the packaging metadata of a project that is installed beside LocalStack, and choose it with
`PROVIDER_OVERRIDE_LOGS=flowlocal`:

    [project.entry-points."localstack.aws.provider"]
    "logs:flowlocal" = "localstack_plugin:logs"
"""

from collections.abc import Mapping
from typing import Any
from uuid import uuid4

from localstack.aws.api import CommonServiceException, RequestContext, handler
from localstack.aws.api.logs import (
    GetQueryResultsRequest,
    GetQueryResultsResponse,
    MalformedQueryException,
    ResourceNotFoundException,
    StartQueryRequest,
    StartQueryResponse,
)
from localstack.services.logs.models import get_moto_logs_backend
from localstack.services.logs.provider import LogsProvider
from localstack.services.moto import MotoFallbackDispatcher
from localstack.services.plugins import Service, aws_provider

from flowlocal.aws import ApiError, QueryResults, run_query


class FlowlocalLogsProvider(LogsProvider):
    """LocalStack's provider, with queries of flowlocal."""

    answers: dict[str, QueryResults] = {}

    @handler("StartQuery", expand=False)
    def start_query(self, context: RequestContext, request: StartQueryRequest) -> StartQueryResponse:
        """Run the query; it has ended then."""
        backend = get_moto_logs_backend(context.account_id, context.region)
        groups = {name: events(group) for name, group in dict(backend.groups).items()}
        query_id = str(uuid4())
        try:
            self.answers[query_id] = run_query(request, groups, account=context.account_id, region=context.region)
        except ApiError as error:
            raise refusal(error) from error
        return StartQueryResponse(queryId=query_id)

    @handler("GetQueryResults", expand=False)
    def get_query_results(self, context: RequestContext, request: GetQueryResultsRequest) -> GetQueryResultsResponse:
        """Return the rows."""
        if request["queryId"] not in self.answers:
            raise ResourceNotFoundException(f"Query {request['queryId']} does not exist")
        return GetQueryResultsResponse(**self.answers[request["queryId"]])


def refusal(error: ApiError) -> Exception:
    """Return an error of flowlocal as one of LocalStack."""
    if error.code == "MalformedQueryException":
        return MalformedQueryException(error.message, **error.members)
    return CommonServiceException(error.code, error.message, error.status, sender_fault=True)


def events(group: Any) -> list[Mapping[str, Any]]:
    """Return the events of one of the log groups, which LocalStack keeps in moto."""
    return [
        {
            "timestamp": event.timestamp,
            "ingestionTime": event.ingestion_time,
            "message": event.message,
            "logStreamName": stream.log_stream_name,
        }
        for stream in group.streams.values()
        for event in stream.events
    ]


@aws_provider(api="logs", name="flowlocal")
def logs() -> Service:
    """Return the service as LocalStack's plugin manager loads it."""
    provider = FlowlocalLogsProvider()
    return Service.for_provider(provider, dispatch_table_factory=MotoFallbackDispatcher)
