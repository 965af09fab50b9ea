"""Requests answered by a thread that may wait.

Apart from the engines because two of them, serial and threads, keep the same promises by the same
means, and differ only in who waits for the next request. The rule: whatever `handle` gives, or
raises, each request is answered exactly once, refused, or visibly cut off.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from groundup.engines.common import HANDLER_LATE
from groundup.engines.outflow import Outflow, let_go
from groundup.engines.phases import Abandoned
from groundup.engines.runners import Watch, in_time
from groundup.engines.talk import Talk
from groundup.engines.upload import Upload
from groundup.request import Request, WantBody
from groundup.response import Response
from groundup.streaming import Streamed, is_streamed

Then = Callable[[Request], Any]


class Conversation(Talk):
    """One connection: `next_request` and `answer` in turn, until `connection.must_close`."""

    __slots__ = ()

    def answer(self, request: Request, *, queued: bool = False) -> bool:
        """Have it answered. False: its body has to be collected first. Raises only Abandoned."""
        self.started(queued=queued)
        try:
            self.start_work()
            answer = self.service.handle(request)
            if type(answer) is Response and request.source is None:
                self.finish_work()
                self.send(request, answer)
                return True
            return self._go_on(request, answer)
        except Abandoned:
            raise
        except Exception as error:
            self.fail(request, error)
        return True

    def answer_collected(self, request: Request, then: Then) -> None:
        """The same for a request whose body has now been collected."""
        try:
            self.start_work()
            self._deliver(request, then(request), None)
        except Abandoned:
            raise
        except Exception as error:
            self.fail(request, error)

    def _go_on(self, request: Request, answer: Any) -> bool:
        """Where the answer is not simply there."""
        upload = request.source
        assert upload is None or isinstance(upload, Upload)
        if not isinstance(answer, WantBody):
            self._deliver(request, answer, upload)
        elif upload is None:
            self._deliver(request, answer.then(request), None)
        else:
            self.finish_work()
            upload.begin()
            return self.collect(request, upload, answer.then)
        return True

    def collect(self, request: Request, upload: Upload, then: Then) -> bool:
        """Wait for the whole body, then have it answered. An engine may know a better way."""
        while (body := upload.collect()) is None:
            upload.wait_for_more()
        request.complete(body)
        self.answer_collected(request, then)
        return True

    def _deliver(self, request: Request, answer: Any, upload: Upload | None) -> None:
        """Wait for the answer, and send it in the way that it wants."""
        response = answer if isinstance(answer, Response) else self._waited_for(answer)
        streamed = response if is_streamed(response) else None
        try:
            self.finish_work()
            if upload is not None and upload.fault is not None:
                raise upload.fault
            if streamed is None:
                self.send(request, response)
            else:
                self._stream(request, streamed)
        finally:
            if streamed is not None:
                let_go(self, streamed)

    def _waited_for(self, answer: Any) -> Response:
        """The Response that is awaited, on this thread's loop."""
        if isinstance(answer, Awaitable):
            self.await_work()
            seconds = self.service.timeouts.handler
            try:
                answer = self.service.runners.run(in_time(answer, seconds, Watch(self)))
            except TimeoutError:
                if seconds is None:
                    raise
                raise HANDLER_LATE from None
        if not isinstance(answer, Response):
            raise TypeError(f"handle() gave {type(answer).__name__}, which is no Response")
        return answer

    def _stream(self, request: Request, response: Streamed) -> None:
        """A response piece by piece."""
        if self.service.draining:
            self.connection.close_next()
        self._outflow = Outflow(self, response)
        if self.service.draining:
            self.stop_stream()
        self._outflow.run()
        sent, self._outflow = self._outflow.sent, None
        self.answered(request, response.status_code, sent)

    def stop_stream(self) -> None:
        """The server stops: a stream comes to its end. From any thread."""
        outflow = self._outflow
        if outflow is not None:
            outflow.stop()
