"""The schema that is sent with a call."""

from pydantic import BaseModel, Field

from llm.schemas import response_format
from tests.llm.material import AgentAnswer, ConversationReview


class FreeForm(BaseModel):
    """A form whose keys are not known beforehand."""

    scores: dict[str, int]


class Titled(BaseModel):
    """A form with a field that is called like a word of JSON schema."""

    title: str = Field(default="", max_length=80)
    grade: int = Field(ge=1, le=5)


def test_a_schema_is_named_by_its_task_and_strict() -> None:
    form = response_format(ConversationReview)["json_schema"]
    assert form["name"] == "conversation_review"
    assert form["strict"] is True
    assert form["schema"]["additionalProperties"] is False
    assert form["schema"]["required"] == list(ConversationReview.model_fields)
    inner = form["schema"]["$defs"]["CriterionAnswer"]
    assert inner["additionalProperties"] is False
    assert response_format(AgentAnswer)["json_schema"]["name"] == "agent_answer"


def test_a_schema_with_free_keys_is_not_strict() -> None:
    form = response_format(FreeForm)["json_schema"]
    assert form["strict"] is False
    assert form["schema"] == FreeForm.model_json_schema()


def test_defaults_go_and_a_field_called_title_stays() -> None:
    schema = response_format(Titled)["json_schema"]["schema"]
    assert schema["required"] == ["title", "grade"]
    assert schema["properties"]["title"] == {"type": "string"}
    assert schema["properties"]["grade"]["maximum"] == 5
